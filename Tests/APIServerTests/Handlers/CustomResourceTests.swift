import ControlPlane
import Domain
import KubeClient
import KubeModel
import Reconciliation
import ServiceLifecycle
import Synchronization
import Testing

@testable import APIServer

@Suite("Custom resources over the API")
struct CustomResourceTests {
    private static let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    private static let widgets = "/apis/example.com/v1/namespaces/shop/widgets"

    static func version(_ name: String, storage: Bool = true, spec: JSON = spec) -> JSON {
        [
            "name": .string(name), "served": true, "storage": .bool(storage),
            "schema": [
                "openAPIV3Schema": [
                    "type": "object", "properties": ["spec": spec, "status": ["type": "object"]],
                ]
            ],
            "subresources": ["status": [:]],
            "additionalPrinterColumns": [["name": "Size", "type": "integer", "jsonPath": ".spec.size"]],
            "selectableFields": [["jsonPath": ".spec.size"]],
        ]
    }

    static let spec: JSON = [
        "type": "object", "required": ["size"],
        "properties": ["size": ["type": "integer", "minimum": 1], "color": ["type": "string", "default": "red"]],
    ]

    static func definition(_ versions: [JSON] = [version("v1")]) -> JSON {
        [
            "metadata": ["name": "widgets.example.com"],
            "spec": [
                "group": "example.com", "scope": "Namespaced", "names": ["plural": "widgets", "kind": "Widget"],
                "versions": .array(versions),
            ],
        ]
    }

    private static func widget(_ name: String, size: JSON) -> JSON {
        ["apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": .string(name)], "spec": ["size": size]]
    }

    /// A server with its controllers, and widgets served.
    private static func run(_ versions: [JSON] = [version("v1")], _ body: (APIDesk) async throws -> Void) async throws {
        func controllers(_ cluster: Cluster, _ writer: Writer) -> [any Service] {
            [
                ControllerRuntime(
                    cluster: cluster, writer: writer, reconcilers: Reconcilers.all(startedAt: cluster.clock.now),
                    logger: APIDesk.quiet)
            ]
        }
        try await APIDesk.run(services: controllers) { desk in
            try await desk.create(definitions, definition(versions))
            try await settle { desk.cluster.registry.type(GroupResource("widgets.example.com")) != nil }
            try await body(desk)
        }
    }

    private static func settle(_ isDone: () async -> Bool) async throws {
        while !(await isDone()) { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("a definition is established, and its kind is in discovery, in OpenAPI and in tables")
    func served() async throws {
        try await Self.run { desk in
            let definition = await desk.get("\(Self.definitions)/widgets.example.com")
            let conditions = definition.array("status", "conditions").map {
                "\($0.string("type") ?? "")=\($0.string("status") ?? "")"
            }
            #expect(conditions == ["NamesAccepted=True", "Established=True"])
            #expect(definition.string("status", "acceptedNames", "listKind") == "WidgetList")
            #expect(
                await desk.get("/apis/example.com/v1").array("resources").map { $0.string("name") }
                    == ["widgets", "widgets/status"])
            #expect(await desk.get("/openapi/v3").object("paths").names.contains("apis/example.com/v1"))
            try await desk.create(Self.widgets, Self.widget("a", size: 3))
            let table = await desk.call(
                "GET", Self.widgets, headers: [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")]
            ).json
            #expect(table.array("rows").map { $0["cells"] } == [["a", 3]])
        }
    }

    @Test("objects are checked, defaulted, patched, selected and counted; their events are those of custom resources")
    func objects() async throws {
        try await Self.run { desk in
            let made = try await desk.create(Self.widgets, Self.widget("a", size: 3))
            #expect(made["spec"] == ["size": 3, "color": "red"])
            #expect(made.int("metadata", "generation") == 1)
            let refused = await desk.call("POST", Self.widgets, Self.widget("b", size: 0).canonicalBytes)
            #expect(refused.status == 422)
            #expect(
                refused.json.string("message")
                    == "Widget.example.com \"b\" is invalid: spec.size: Invalid value: 0: spec.size in body should be "
                    + "greater than or equal to 1")
            let patch: JSON = ["spec": ["size": 4, "sise": 1]]
            let patched = await desk.call(
                "PATCH", "\(Self.widgets)/a?fieldValidation=Warn", patch.canonicalBytes,
                headers: [("content-type", "application/merge-patch+json")])
            #expect(patched.json["spec"] == ["size": 4, "color": "red"])
            #expect(patched.json.int("metadata", "generation") == 2)
            #expect(patched.header("warning") == #"299 - "unknown field \"spec.sise\"""#)
            let strategic = await desk.call(
                "PATCH", "\(Self.widgets)/a", patch.canonicalBytes,
                headers: [("content-type", "application/strategic-merge-patch+json")])
            #expect(strategic.status == 415)
            try await desk.create(Self.widgets, Self.widget("c", size: 5))
            let chosen = await desk.get("\(Self.widgets)?fieldSelector=spec.size%3D5").array("items")
            #expect(chosen.map { $0.string("metadata", "name") } == ["c"])
            #expect(await desk.call("GET", "\(Self.widgets)?fieldSelector=spec.color%3Dred").status == 400)
            let status: JSON = [
                "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "a"],
                "status": [:], "spec": ["size": 9],
            ]
            let observed = await desk.call("PUT", "\(Self.widgets)/a/status", status.canonicalBytes)
            #expect(observed.json.int("spec", "size") == 4)
            #expect(await desk.call("DELETE", "\(Self.widgets)/a").status == 200)
            let events = try await desk.cluster.log.readStream(
                "widgets.example.com/shop/a", after: 0, through: .max, limit: 10, newestFirst: false)
            #expect(
                events.filter(\.event.changesState).map(\.event.type) == [
                    "CustomResourceCreated", "CustomResourceUpdated", "CustomResourceStatusChanged",
                    "CustomResourceDeleted",
                ])
        }
    }

    @Test("a definition takes its objects along, its kind is gone, and both are still seen in the past")
    func end() async throws {
        try await Self.run { desk in
            try await desk.create(Self.widgets, Self.widget("a", size: 3))
            let then = desk.cluster.state.position
            #expect(await desk.call("DELETE", "\(Self.definitions)/widgets.example.com").status == 200)
            try await Self.settle { await desk.call("GET", "\(Self.definitions)/widgets.example.com").status == 404 }
            #expect(await desk.call("GET", "\(Self.widgets)/a").status == 404)
            #expect(await desk.get("/apis/example.com/v1").int("code") == 404)
            #expect(desk.cluster.state.count(GroupResource("widgets.example.com")) == 0)
            #expect(await desk.get("/apis/example.com/v1?at=\(then)").array("resources").count == 2)
            #expect(await desk.get("\(Self.widgets)/a?at=\(then)").int("spec", "size") == 3)
            #expect(await desk.get("\(Self.widgets)?at=\(then)").array("items").count == 1)
            #expect(
                await desk.call("POST", "\(Self.widgets)?at=\(then)", Self.widget("b", size: 1).canonicalBytes).status
                    == 404)
        }
    }

    @Test("a watch ends behind the last of its objects when its version is not served any more, or the definition ends")
    func watchEnds() async throws {
        try await Self.run([Self.version("v1"), Self.version("v1beta1", storage: false)]) { desk in
            try await desk.create(Self.widgets, Self.widget("a", size: 3))
            let (beta, stable) = (EndingWatch(), EndingWatch())
            async let first: Void = desk.watch(
                "/apis/example.com/v1beta1/namespaces/shop/widgets?watch=true&timeoutSeconds=20", beta)
            async let second: Void = desk.watch("\(Self.widgets)?watch=true&timeoutSeconds=20", stable)
            try await Self.settle { beta.answer.lines.count == 1 && stable.answer.lines.count == 1 }
            var old = Self.version("v1beta1", storage: false)
            old["served"] = false
            let patch: JSON = ["spec": ["versions": [Self.version("v1"), old]]]
            let patched = await desk.call(
                "PATCH", "\(Self.definitions)/widgets.example.com", patch.canonicalBytes,
                headers: [("content-type", "application/merge-patch+json")])
            #expect(patched.status == 200)
            await first
            #expect(beta.wasFinished && !stable.wasFinished)
            #expect(await desk.call("DELETE", "\(Self.definitions)/widgets.example.com").status == 200)
            await second
            #expect(stable.wasFinished)
            #expect(stable.answer.lines.last?.string("type") == "DELETED")
        }
    }

    @Test("while a definition waits for what holds its objects nothing new is made, and then it goes")
    func held() async throws {
        try await Self.run { desk in
            var object = Self.widget("a", size: 3)
            object[["metadata", "finalizers"]] = ["example.com/hold"]
            try await desk.create(Self.widgets, object)
            #expect(await desk.call("DELETE", "\(Self.definitions)/widgets.example.com").status == 200)
            let refused = await desk.call("POST", Self.widgets, Self.widget("b", size: 1).canonicalBytes)
            #expect(refused.status == 405)
            try await Self.settle { await desk.get("\(Self.widgets)/a")["metadata"]?["deletionTimestamp"] != nil }
            let patch: JSON = ["metadata": ["finalizers": .null]]
            _ = await desk.call(
                "PATCH", "\(Self.widgets)/a", patch.canonicalBytes,
                headers: [("content-type", "application/merge-patch+json")])
            try await Self.settle { await desk.call("GET", "\(Self.definitions)/widgets.example.com").status == 404 }
        }
    }

    @Test("a namespace takes its custom resources along")
    func namespace() async throws {
        try await Self.run { desk in
            try await desk.create(Self.widgets, Self.widget("a", size: 3))
            #expect(await desk.call("DELETE", "/api/v1/namespaces/shop").status == 200)
            try await Self.settle { await desk.call("GET", "/api/v1/namespaces/shop").status == 404 }
            #expect(desk.cluster.state.count(GroupResource("widgets.example.com")) == 0)
        }
    }

    @Test("every served version shows every object, and a write stores it in the version of storage")
    func versions() async throws {
        var beta = Self.version("v1beta1", storage: false)
        beta["deprecated"] = true
        try await Self.run([Self.version("v1"), beta]) { desk in
            let path = "/apis/example.com/v1beta1/namespaces/shop/widgets"
            var object = Self.widget("a", size: 3)
            object["apiVersion"] = "example.com/v1beta1"
            let made = await desk.call("POST", path, object.canonicalBytes)
            #expect(made.json.string("apiVersion") == "example.com/v1beta1")
            #expect(made.header("warning") == #"299 - "example.com/v1beta1 Widget is deprecated""#)
            #expect(await desk.get("\(Self.widgets)/a").string("apiVersion") == "example.com/v1")
            #expect(await desk.get(path).array("items").map { $0.string("apiVersion") } == ["example.com/v1beta1"])
            let stored = desk.cluster.state[
                ObjectKey(GroupResource("widgets.example.com"), namespace: "shop", name: "a")]
            #expect(stored?.member("apiVersion") == "example.com/v1")
            let patch: JSON = ["spec": ["size": 4]]
            let patched = await desk.call(
                "PATCH", "\(path)/a", patch.canonicalBytes, headers: [("content-type", "application/merge-patch+json")])
            #expect(patched.json.string("apiVersion") == "example.com/v1beta1")
            #expect(await desk.get("\(Self.widgets)/a").int("spec", "size") == 4)
        }
    }

    @Test("names that another definition of the group has are not accepted until that is gone")
    func conflicts() async throws {
        try await Self.run { desk in
            var other = Self.definition()
            other[["metadata", "name"]] = "gadgets.example.com"
            other[["spec", "names"]] = ["plural": "gadgets", "kind": "Widget"]
            try await desk.create(Self.definitions, other)
            func condition() async -> String? {
                await desk.get("\(Self.definitions)/gadgets.example.com").array("status", "conditions").first {
                    $0.string("type") == "NamesAccepted"
                }?.string("status")
            }
            try await Self.settle { await condition() == "False" }
            #expect(await desk.call("GET", "/apis/example.com/v1/namespaces/shop/gadgets").status == 404)
            #expect(await desk.call("DELETE", "\(Self.definitions)/widgets.example.com").status == 200)
            try await Self.settle { await condition() == "True" }
            try await Self.settle {
                await desk.call("GET", "/apis/example.com/v1/namespaces/shop/gadgets").status == 200
            }
        }
    }

    @Test("rules in the Common Expression Language are accepted with a warning and a condition")
    func expressions() async throws {
        try await Self.run { desk in
            var spec = Self.spec
            spec["x-kubernetes-validations"] = [["rule": "self.size < 5"]]
            var other = Self.definition([Self.version("v1", spec: spec)])
            other[["metadata", "name"]] = "gadgets.example.com"
            other[["spec", "names"]] = ["plural": "gadgets", "kind": "Gadget"]
            let made = await desk.call("POST", Self.definitions, other.canonicalBytes)
            #expect(made.status == 201)
            #expect(made.header("warning")?.contains("x-kubernetes-validations are not evaluated") == true)
            try await Self.settle {
                await desk.get("\(Self.definitions)/gadgets.example.com").array("status", "conditions").contains {
                    $0.string("type") == "ValidationRulesEvaluated" && $0.string("status") == "False"
                }
            }
        }
    }
}

/// A watch that goes on until the server ends it or its time is over.
private final class EndingWatch: ResponseWriter, ResponseStream {
    let answer = Answer()
    private let finished = Mutex(false)
    private let lasted = Mutex(false)

    /// True when the server ended the watch before its time.
    var wasFinished: Bool { finished.withLock { $0 } && !lasted.withLock { $0 } }

    func send(_ response: HTTPResponse) { answer.send(response) }
    func stream(status: Int, contentType: String, headers: [(name: String, value: String)]) -> any ResponseStream {
        self
    }
    func acceptWebSocket(subprotocol: String?) async throws -> any WebSocketConnection {
        try await answer.acceptWebSocket(subprotocol: subprotocol)
    }
    func takeOver() async throws -> RawConnection { try await answer.takeOver() }
    func write(_ segments: [[UInt8]]) -> Bool { answer.write(segments) }
    func drained() async throws {}
    func finish() { finished.withLock { $0 = true } }

    func ended(within limit: Duration?) async -> StreamEnd {
        let end = limit.map { ContinuousClock.now + $0 }
        while !finished.withLock({ $0 }) {
            if let end, ContinuousClock.now > end {
                lasted.withLock { $0 = true }
                return .timeLimit
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return .serverShutdown
    }
}

extension APIDesk {
    fileprivate func watch(_ target: String, _ watch: EndingWatch) async {
        let request = HTTPRequest(
            method: "GET", target: target, headers: RequestHeaders([]), body: [],
            connection: ConnectionContext(remoteAddress: "127.0.0.1", peer: Self.admin))
        await handler.handle(request, watch)
    }
}
