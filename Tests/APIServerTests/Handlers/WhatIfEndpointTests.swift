import Domain
import KubeClient
import KubeModel
import Testing

@testable import APIServer

@Suite("Simulations over the API")
struct WhatIfEndpointTests {
    private static let path = "/apis/purser.dev/v1alpha1/whatifs"

    private func node(_ name: String, cpu: String) -> JSON {
        [
            "apiVersion": "v1", "kind": "Node", "metadata": ["name": .string(name)],
            "status": [
                "allocatable": ["cpu": .string(cpu), "memory": "4Gi", "pods": "110"],
                "conditions": [["type": "Ready", "status": "True"]],
            ],
        ]
    }

    private func deployment(replicas: Int64) -> JSON {
        [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web", "namespace": "shop"],
            "spec": [
                "replicas": .int(replicas), "selector": ["matchLabels": ["app": "web"]],
                "template": [
                    "metadata": ["labels": ["app": "web"]],
                    "spec": [
                        "containers": [
                            [
                                "name": "web", "image": "nginx:1",
                                "resources": ["requests": ["cpu": "500m", "memory": "1Gi"]],
                            ]
                        ]
                    ],
                ],
            ],
        ]
    }

    private func request(_ object: JSON, at: String? = nil, nodes: [JSON]? = nil) -> JSON {
        var request: JSON = ["documents": [["object": object, "origin": "web.yaml"]], "namespace": "shop"]
        request["at"] = at.map { .string($0) }
        request["nodes"] = nodes.map { .array($0.map { ["object": $0, "origin": "nodes.yaml"] }) }
        return request
    }

    private func fill(_ server: HandlerFixture) async throws {
        try await server.json(
            "POST", "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "shop"]])
        try await server.json("POST", "/api/v1/nodes", node("n1", cpu: "2"))
    }

    @Test("a simulation says what would run and what it costs, and leaves nothing but the event of its call")
    func untouched() async throws {
        try await HandlerFixture.run { server in
            try await fill(server)
            let state = server.cluster.state
            let head = state.position
            let report = try await server.json("POST", Self.path, request(deployment(replicas: 3)))
            #expect(report.bool("runs") == true)
            #expect(report.array("placements").count == 3)
            #expect(report.array("placements").allSatisfy { $0.string("node") == "n1" })
            #expect(report.array("changes").first?.string("action") == "created")
            #expect(report["requests"]?.int("after", "pods") == 3)
            // 1.5 cores at 0.000011 a second and 3 GiB at 0.0045 an hour, for 730 hours.
            #expect(report["cost"]?.string("perMonthBefore") == "0.00")
            #expect(report["cost"]?.string("perMonthAfter") == "53.22")
            #expect(report["cost"]?.string("perMonthDifference") == "53.22")

            #expect(server.cluster.state.contentHash() == state.contentHash())
            let events = try await events(server, after: head)
            #expect(events.map(\.event.type) == ["CallServed"])
            #expect(events.first?.event.caller.subject == "ann")
        }
    }

    /// The events behind a position, once there are any: calls that change nothing are written within 100 ms.
    private func events(_ server: HandlerFixture, after: Position) async throws -> [RecordedEvent] {
        while true {
            let events = try await server.cluster.log.read(after: after, limit: 10, filter: .all)
            if !events.isEmpty { return events }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test("history is forked where it is asked to be, and equal questions get equal answers")
    func past() async throws {
        try await HandlerFixture.run { server in
            try await fill(server)
            let small = "\(server.cluster.state.position)"
            try await server.json("POST", "/api/v1/nodes", node("n2", cpu: "2"))
            let large = "\(server.cluster.state.position)"
            func report(_ at: String?) async throws -> JSON {
                try await server.json("POST", Self.path, request(deployment(replicas: 6), at: at))
            }
            let now = try await report(nil)
            #expect(now.bool("runs") == true)
            let then = try await report(small)
            #expect(then.bool("runs") == false)
            #expect(then.int("position").map(String.init) == small)
            let waiting = try #require(then.array("waiting").first)
            #expect(waiting.array("pods").count == 2)
            #expect(waiting.string("shortfall") == "cpu 1000m, memory 2147483648 bytes")
            #expect(try await report(large).bool("runs") == true)
            #expect(try await report(small) == then)
        }
    }

    @Test("other nodes can stand in for the cluster's")
    func nodes() async throws {
        try await HandlerFixture.run { server in
            try await fill(server)
            let report = try await server.json(
                "POST", Self.path, request(deployment(replicas: 8), nodes: [node("big", cpu: "4")]))
            #expect(report.bool("runs") == false, "eight times 1 GiB do not fit 4 GiB")
            #expect(report.array("placements").count == 4)
            #expect(report.array("waiting").first?.string("shortfall") == "memory 4294967296 bytes")
        }
    }

    @Test("what is deleted is found among the kinds of the fork, and in the request's namespace")
    func deletions() async throws {
        try await HandlerFixture.run { server in
            try await fill(server)
            let definition: JSON = [
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": ["name": "widgets.example.com"],
                "spec": [
                    "group": "example.com", "scope": "Namespaced", "names": ["plural": "widgets", "kind": "Widget"],
                    "versions": [
                        [
                            "name": "v1", "served": true, "storage": true,
                            "schema": ["openAPIV3Schema": ["type": "object"]],
                        ]
                    ],
                ],
            ]
            let widget: JSON = ["apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "w"]]
            let report = try await server.json(
                "POST", Self.path,
                [
                    "documents": [["object": definition], ["object": widget]], "namespace": "shop",
                    "delete": [["resource": "widgets.example.com", "name": "w"]],
                ])
            let changes = report.array("changes")
            #expect(changes.compactMap { $0.string("action") } == ["created", "created", "deleted"])
            #expect(changes.last?.string("object") == "widgets.example.com/shop/w")
        }
    }

    @Test("values of Secrets are hidden in the differences")
    func secrets() async throws {
        try await HandlerFixture.run { server in
            try await fill(server)
            func secret(_ value: String) -> JSON {
                [
                    "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "key", "namespace": "shop"],
                    "data": ["password": .string(value)],
                ]
            }
            try await server.json("POST", "/api/v1/namespaces/shop/secrets", secret("b2xk"))
            let report = try await server.json("POST", Self.path, request(secret("bmV3")))
            #expect(report.array("changes").first?.string("action") == "updated")
            #expect(report.array("changes").first?.array("changes").first?.string("path") == "data.password")
            #expect(!report.canonicalText.contains("bmV3"))
            let created = try await server.json(
                "POST", Self.path, request(secret("bmV3").with(name: "another")))
            #expect(created.array("changes").first?.string("action") == "created")
            #expect(!created.canonicalText.contains("bmV3"))
            let live = try await server.json("GET", "/api/v1/namespaces/shop/secrets/key")
            #expect(live.string("data", "password") == "b2xk")
        }
    }

    @Test("bad questions are refused with what to write instead")
    func badQuestions() async throws {
        try await HandlerFixture.run { server in
            try await fill(server)
            for (body, word) in [
                ([:] as JSON, "say what is to be changed"),
                (request(["kind": "Pod"]), "web.yaml: it lacks apiVersion or kind"),
                (request(deployment(replicas: 1), at: "soon"), "no point in time"),
                (request(deployment(replicas: 1), at: "0"), "before the first event"),
                (request(deployment(replicas: 1), at: "999999"), "the log ends at position"),
                (request(deployment(replicas: 1), nodes: [["kind": "Node"]]), "nodes.yaml: "),
                (["delete": [["name": "x"]]], "\"delete\" names objects"),
                (["delete": [["resource": "foos", "name": "x"]]], "there is no resource foos"),
            ] {
                let answer = await server.call("POST", Self.path, body)
                #expect(answer.status == 400)
                let text = String(decoding: answer.body.flatMap { $0 }, as: UTF8.self)
                #expect(text.contains(word.replacing("\"", with: "\\\"")), "\(text)")
            }
        }
    }

    @Test("whoever may not write and read it may not simulate it")
    func forbidden() async throws {
        try await APIDesk.run { desk in
            let bob = PeerCertificate(commonName: "bob", organizations: [])
            let answer = await desk.call(
                "POST", Self.path, request(deployment(replicas: 1)).canonicalBytes, as: bob)
            #expect(answer.status == 403)
        }
    }
}

extension JSON {
    fileprivate func with(name: String) -> JSON {
        var object = self
        object[["metadata", "name"]] = .string(name)
        return object
    }
}
