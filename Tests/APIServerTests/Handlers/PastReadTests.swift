import Domain
import KubeModel
import Testing

@testable import APIServer

@Suite("Reads of the past over the API")
struct PastReadTests {
    private static let core = "/api/v1/namespaces/shop"
    private static let purser = "/apis/purser.dev/v1alpha1"

    private func configMap(_ name: String, _ value: String, labels: [String: String] = [:]) -> JSON {
        [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "labels": JSON(labels)],
            "data": ["value": .string(value)],
        ]
    }

    /// A namespace with five ConfigMaps, of which the second is changed and the fourth deleted behind the position.
    private func fill(_ server: HandlerFixture) async throws -> Position {
        try await server.json(
            "POST", "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "shop"]])
        for number in 1...5 {
            try await server.json(
                "POST", "\(Self.core)/configmaps",
                configMap("c\(number)", "old", labels: ["half": number < 3 ? "first" : "second"]))
        }
        let position = server.cluster.state.position
        try await server.json("PUT", "\(Self.core)/configmaps/c2", configMap("c2", "new"), user: "bob")
        try await server.json("DELETE", "\(Self.core)/configmaps/c4", user: "bob")
        return position
    }

    private func names(_ list: JSON) -> [String] { list.array("items").compactMap { $0.string("metadata", "name") } }

    @Test("a rollback to a moment that has not been yet is refused, not taken for one to now")
    func futureRollback() async throws {
        try await HandlerFixture.run { server in
            _ = try await fill(server)
            for to in ["2999-01-01T00:00:00Z", "999999", "0"] {
                let body: JSON = ["namespace": "shop", "to": .string(to), "dryRun": true]
                #expect((await server.call("POST", "\(Self.purser)/rollbacks", body)).status == 400, "\(to)")
            }
        }
    }

    @Test("lists of the past honour selectors, names, limits and continue, and say of which position they are")
    func lists() async throws {
        try await HandlerFixture.run { server in
            let position = try await fill(server)
            let list = "\(Self.core)/configmaps"
            #expect(names(try await server.json("GET", list)) == ["c1", "c2", "c3", "c5"])
            let past = try await server.json("GET", "\(list)?at=\(position)")
            #expect(names(past) == ["c1", "c2", "c3", "c4", "c5"])
            #expect(past.array("items").allSatisfy { $0.string("data", "value") == "old" })
            #expect(past.string("metadata", "resourceVersion") == "\(position)")
            let first = try await server.json("GET", "\(list)?at=\(position)&labelSelector=half%3Dfirst")
            #expect(names(first) == ["c1", "c2"])
            let named = try await server.json("GET", "\(list)?at=\(position)&fieldSelector=metadata.name%3Dc4")
            #expect(names(named) == ["c4"])

            var found: [[String]] = []
            var token = ""
            repeat {
                let page = try await server.json(
                    "GET", "\(list)?at=\(position)&limit=2&labelSelector=half&continue=\(token)")
                found.append(names(page))
                token = page.string("metadata", "continue") ?? ""
            } while !token.isEmpty
            #expect(found == [["c1", "c2"], ["c3", "c4"], ["c5"]])
            #expect(names(try await server.json("GET", "\(list)?at=0")) == [])
            #expect((await server.call("GET", "\(list)?at=999999")).status == 400)
        }
    }

    @Test("a page of the present goes on where it was however much has happened since")
    func continueNeverExpires() async throws {
        try await HandlerFixture.run { server in
            _ = try await fill(server)
            let list = "\(Self.core)/configmaps"
            let page = try await server.json("GET", "\(list)?limit=2")
            #expect(names(page) == ["c1", "c2"])
            let token = try #require(page.string("metadata", "continue"))
            // More lists in pages than memory keeps.
            for number in 0..<80 {
                try await server.json("PUT", "\(list)/c5", configMap("c5", "\(number)"))
                try await server.json("GET", "\(list)?limit=1")
            }
            try await server.json("DELETE", "\(list)/c3")
            let rest = try await server.json("GET", "\(list)?limit=2&continue=\(token)")
            #expect(names(rest) == ["c3", "c5"])
            #expect(rest.array("items").last?.string("data", "value") == "old")
        }
    }

    @Test("moments are positions, times and ages, with or without \"ago\"")
    func moments() throws {
        #expect(try AsOf("12") == .position(12))
        #expect(try AsOf("2h") == .ago(microseconds: 7_200_000_000))
        #expect(try AsOf("2h ago") == .ago(microseconds: 7_200_000_000))
        #expect(try AsOf("1970-01-01T00:00:02Z") == .time(Timestamp(seconds: 2)))
        for text in ["12 ago", "1970-01-01T00:00:02Z ago", "yesterday", "-1", "2", "h"].filter({ $0 != "2" }) {
            #expect(throws: KubeStatus.self, "\(text)") { try AsOf(text) }
        }
    }

    @Test("history is filtered by scope, caller, verb, type and position, and paged from both ends")
    func history() async throws {
        try await HandlerFixture.run { server in
            let position = try await fill(server)
            func types(_ query: String) async throws -> [String] {
                try await server.json("GET", "\(Self.purser)/history?\(query)").array("items").compactMap {
                    $0.string("type")
                }
            }
            #expect(try await types("stream=configmaps/shop/c2") == ["ConfigMapCreated", "ConfigMapUpdated"])
            #expect(try await types("namespace=shop&user=bob") == ["ConfigMapUpdated", "ConfigMapDeleted"])
            #expect(try await types("resource=configmaps&verb=delete") == ["ConfigMapDeleted"])
            #expect(
                try await types("type=NamespaceCreated,ConfigMapDeleted") == ["NamespaceCreated", "ConfigMapDeleted"])
            #expect(try await types("after=\(position)&namespace=shop") == ["ConfigMapUpdated", "ConfigMapDeleted"])
            #expect(try await types("until=\(position)&namespace=shop&order=newest&limit=1") == ["ConfigMapCreated"])
            #expect(try await types("since=1h&resource=configmaps&before=\(position + 2)").count == 6)
            #expect(try await types("until=1h") == [])
            var pages: [[Int64]] = []
            var bound = ""
            while true {
                let page = try await server.json(
                    "GET", "\(Self.purser)/history?resource=configmaps&order=newest&limit=3\(bound)")
                pages.append(page.array("items").compactMap { $0.int("position") })
                guard let next = page.int("continue") else { break }
                bound = "&before=\(next)"
            }
            #expect(pages.map(\.count).reduce(0, +) == 7)
            #expect(pages.flatMap { $0 } == pages.flatMap { $0 }.sorted(by: >))
            for query in ["order=up", "format=xml", "follow=true&order=newest", "since=yesterday", "limit=x"] {
                #expect((await server.call("GET", "\(Self.purser)/history?\(query)")).status == 400, "\(query)")
            }
        }
    }

    @Test("what no event can be is not looked for: a type, a verb, a range that ends before it begins")
    func impossible() async throws {
        try await HandlerFixture.run { server in
            _ = try await fill(server)
            func refusal(_ query: String) async throws -> String {
                let answer = await server.call("GET", "\(Self.purser)/\(query)")
                return "\(answer.status) \(try JSON(parsing: answer.body.flatMap { $0 }).string("message") ?? "")"
            }
            #expect(
                try await refusal("history?type=configmapcreated").hasPrefix(
                    "400 there are no events of type \"configmapcreated\"; there are of \"ConfigMapCreated\":"))
            #expect(try await refusal("history?type=PodBound,Nonsense").contains("no events of type \"Nonsense\":"))
            for path in ["history", "audit"] {
                #expect(
                    try await refusal("\(path)?verb=gett").hasPrefix(
                        "400 there are no events of verb \"gett\": it is one of connect, create, delete, "))
            }
            #expect(
                try await refusal("history?after=4&before=3")
                    == "400 no event lies behind position 4 and before 3: the range ends before it begins")
            #expect(try await refusal("history?since=4&until=2").hasPrefix("400 no event lies behind position 3"))
            for query in ["type=CustomResourceScaled", "verb=undelete", "after=3&before=4", "after=1000000"] {
                let answer = try await server.json("GET", "\(Self.purser)/history?\(query)")
                #expect(answer.array("items").isEmpty, "\(query)")
            }
        }
    }

    @Test("an event tells the fields that it changed, also when events between were left out")
    func changes() async throws {
        try await HandlerFixture.run { server in
            _ = try await fill(server)
            try await server.json("PUT", "\(Self.core)/configmaps/c2", configMap("c2", "newest"), user: "eve")
            let items = try await server.json("GET", "\(Self.purser)/history?stream=configmaps/shop/c2&user=eve")
            #expect(
                items.array("items").first?.array("changes")
                    == [["path": "data.value", "old": "new", "new": "newest"]])
            let audit = try await server.json("GET", "\(Self.purser)/history?stream=configmaps/shop/c2&format=audit")
            #expect(audit.array("items").map { $0.string("user", "username") } == ["ann", "bob", "eve"])
            #expect(audit.array("items").allSatisfy { $0.string("apiVersion") == "audit.k8s.io/v1" })
        }
    }

    @Test("a Secret's values are in no history and in no difference, that they changed is")
    func secrets() async throws {
        try await HandlerFixture.run { server in
            let from = try await fill(server)
            func secret(_ value: String) -> JSON {
                [
                    "apiVersion": "v1", "kind": "Secret",
                    "metadata": [
                        "name": "s",
                        "annotations": ["kubectl.kubernetes.io/last-applied-configuration": .string(value)],
                    ],
                    "data": ["word": .string(value)],
                ]
            }
            try await server.json("POST", "\(Self.core)/secrets", secret("b3BlbiBzZXNhbWU="))
            let created = server.cluster.state.position
            try await server.json("PUT", "\(Self.core)/secrets/s", secret("aHVudGVyMg=="))
            let stored = try #require(
                server.cluster.state[ObjectKey(.secrets, namespace: "shop", name: "s")]?.member("data", "word")?
                    .stringValue)
            let history = try await server.json("GET", "\(Self.purser)/history?stream=secrets/shop/s")
            let diff = try await server.json("GET", "\(Self.purser)/diff?namespace=shop&from=\(from)")
            let single = try await server.json("GET", "\(Self.purser)/diff?stream=secrets/shop/s&from=\(created)")
            for text in [history, diff, single].map(\.canonicalText) {
                for word in ["b3BlbiBzZXNhbWU=", "aHVudGVyMg==", stored] { #expect(!text.contains(word)) }
                #expect(text.contains("(hidden)"))
            }
            let change = history.array("items").last?.array("changes").first { $0.string("path") == "data.word" }
            #expect(change == ["path": "data.word", "old": "(hidden)", "new": "(hidden)"])
        }
    }

    @Test("two moments differ by what was created, changed and deleted between them, in both directions of time")
    func diff() async throws {
        try await HandlerFixture.run { server in
            let from = try await fill(server)
            try await server.json("POST", "\(Self.core)/configmaps", configMap("c6", "x"))
            func diff(_ query: String) async throws -> [String] {
                try await server.json("GET", "\(Self.purser)/diff?\(query)").array("items").map {
                    "\($0.string("action") ?? "") \($0.string("object") ?? "")"
                }
            }
            let wanted = ["changed configmaps/shop/c2", "deleted configmaps/shop/c4", "created configmaps/shop/c6"]
            #expect(try await diff("namespace=shop&from=\(from)") == wanted)
            #expect(try await diff("from=\(from)") == wanted)
            #expect(try await diff("namespace=other&from=\(from)") == [])
            #expect(
                try await diff("namespace=shop&from=\(server.cluster.state.position)&to=\(from)")
                    == ["changed configmaps/shop/c2", "created configmaps/shop/c4", "deleted configmaps/shop/c6"])
            let one = try await server.json("GET", "\(Self.purser)/diff?stream=configmaps/shop/c2&from=\(from)")
            #expect(
                one.array("items").first?.array("changes").first
                    == ["path": "data.value", "old": "old", "new": "new"])
            #expect(try await diff("stream=configmaps/shop/c1&from=\(from)") == [])
            #expect((await server.call("GET", "\(Self.purser)/diff?stream=configmaps/shop/x&from=1")).status == 404)
            #expect((await server.call("GET", "\(Self.purser)/diff")).status == 400)
        }
    }

    @Test("who follows sees what was and what comes, once and in order, and nothing else")
    func follow() async throws {
        try await HandlerFixture.run { server in
            let position = try await fill(server)
            let target = "\(Self.purser)/history?resource=configmaps&follow=true&after=\(position)"
            try await server.stream(target) { lines in
                var iterator = lines.makeAsyncIterator()
                #expect(await iterator.next()?.string("type") == "ConfigMapUpdated")
                #expect(await iterator.next()?.string("type") == "ConfigMapDeleted")
                try await server.json("DELETE", "\(Self.core)/configmaps/c5")
                let last = await iterator.next()
                #expect(last?.string("stream") == "configmaps/shop/c5")
                #expect(last?.int("position") ?? 0 > position + 2)
            }
        }
    }

    @Test("who follows one user sees what that user does, and nobody else")
    func followUser() async throws {
        try await HandlerFixture.run { server in
            let position = try await fill(server)
            let target = "\(Self.purser)/history?user=bob&follow=true&after=\(position)"
            try await server.stream(target) { lines in
                var iterator = lines.makeAsyncIterator()
                #expect(await iterator.next()?.string("type") == "ConfigMapUpdated")
                #expect(await iterator.next()?.string("type") == "ConfigMapDeleted")
                try await server.json("DELETE", "\(Self.core)/configmaps/c1", user: "ann")
                try await server.json("DELETE", "\(Self.core)/configmaps/c5", user: "bob")
                let last = await iterator.next()
                #expect(last?.string("stream") == "configmaps/shop/c5")
                #expect(last?.string("caller", "subject") == "bob")
            }
        }
    }

    @Test("top and the bill can be had as of a position")
    func usage() async throws {
        try await HandlerFixture.run { server in
            try await server.json(
                "POST", "/api/v1/nodes", ["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n1"]])
            var positions: [Position] = []
            for (index, memory) in [1000, 2000, 3000].enumerated() {
                let report: JSON = [
                    "apiVersion": "purser.dev/v1alpha1", "kind": "UsageReport", "node": "n1", "bootID": "b",
                    "observedAt": .string("2026-01-01T00:00:\(index)0.000000Z"), "interval": 10,
                    "pods": [
                        [
                            "uid": "u", "namespace": "shop", "name": "web", "final": false,
                            "cpuNanoseconds": .int(Int64(index) * 5_000_000_000), "memoryBytes": .int(Int64(memory)),
                        ]
                    ],
                ]
                try await server.json("POST", "\(Self.purser)/usagereports", report)
                positions.append(server.cluster.state.position)
            }
            func pod(_ query: String) async throws -> JSON? {
                try await server.json("GET", "\(Self.purser)/usage?namespace=shop\(query)").array("items").first
            }
            #expect(try await pod("")?.int("memoryBytes") == 3000)
            #expect(try await pod("&at=\(positions[1])")?.int("memoryBytes") == 2000)
            #expect(try await pod("&at=\(positions[1])")?["cpuCores"] == .double(0.5))
            #expect(try await pod("&at=\(positions[0])")?["cpuCores"] == nil)
            let prices = try await server.json("GET", "\(Self.purser)/prices")
            let before = server.cluster.state.position
            let bill = "\(Self.purser)/bill?from=2026-01-01T00:00:00Z&by=pod&to=2026-01-02T00:00:00Z"
            let then = try await server.json("GET", "\(bill)&at=\(positions[2])")
            try await server.json("PUT", "\(Self.purser)/prices", prices)
            #expect(server.cluster.state.position > before)
            #expect(try await server.json("GET", "\(bill)&at=\(positions[2])") == then)
        }
    }
}
