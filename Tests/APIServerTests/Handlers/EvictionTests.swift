import KubeModel
import Testing

@Suite("Evictions") struct EvictionTests {
    private static let pods = "/api/v1/namespaces/shop/pods"

    /// A cluster with a pod that runs on a node.
    private func withPod(_ body: @Sendable (HandlerFixture) async throws -> Void) async throws {
        try await HandlerFixture.run { server in
            try await server.json("POST", "/api/v1/nodes", ["metadata": ["name": "n1"]])
            try await server.json("POST", "/api/v1/namespaces", ["metadata": ["name": "shop"]])
            try await server.json(
                "POST", Self.pods,
                ["metadata": ["name": "web"], "spec": ["containers": [["name": "app", "image": "nginx:1"]]]])
            try await server.json("POST", "\(Self.pods)/web/binding", ["target": ["kind": "Node", "name": "n1"]])
            try await body(server)
        }
    }

    private static func eviction(_ options: JSON = [:]) -> JSON {
        [
            "apiVersion": "policy/v1", "kind": "Eviction", "metadata": ["name": "web", "namespace": "shop"],
            "deleteOptions": options,
        ]
    }

    @Test("a pod that is evicted has a condition that says so, and its history tells it from a deletion")
    func evicted() async throws {
        try await withPod { server in
            let answer = await server.call(
                "POST", "\(Self.pods)/web/eviction", Self.eviction(["gracePeriodSeconds": 7]))
            #expect(answer.status == 201)
            let pod = try await server.json("GET", "\(Self.pods)/web")
            #expect(pod.int("metadata", "deletionGracePeriodSeconds") == 7)
            let condition = pod.array("status", "conditions").first { $0.string("type") == "DisruptionTarget" }
            #expect(condition?.string("status") == "True" && condition?.string("reason") == "EvictionByEvictionAPI")
            let why = try await server.json("GET", "/apis/purser.dev/v1alpha1/why?stream=pods/shop/web")
            #expect(why.array("answers").first?.string("question") == "why it is being evicted")
        }
    }

    @Test("a deletion is no eviction")
    func deleted() async throws {
        try await withPod { server in
            try await server.json("DELETE", "\(Self.pods)/web")
            let pod = try await server.json("GET", "\(Self.pods)/web")
            let conditions = pod.array("status", "conditions").compactMap { $0.string("type") }
            #expect(!conditions.contains("DisruptionTarget"))
            let why = try await server.json("GET", "/apis/purser.dev/v1alpha1/why?stream=pods/shop/web")
            #expect(why.array("answers").first?.string("question") == "why it is being deleted")
        }
    }

    @Test(
        "an eviction's options count: a dry run and a precondition that does not hold leave the pod alone",
        arguments: [
            (["dryRun": ["All"]], 201), (["preconditions": ["uid": "another"]], 409), (["dryRun": ["Some"]], 422),
            (["gracePeriodSeconds": "soon"], 400),
        ] as [(JSON, Int)])
    func options(options: JSON, status: Int) async throws {
        try await withPod { server in
            let answer = await server.call("POST", "\(Self.pods)/web/eviction", Self.eviction(options))
            #expect(answer.status == status)
            let pod = try await server.json("GET", "\(Self.pods)/web")
            #expect(pod.string("metadata", "deletionTimestamp") == nil)
        }
    }
}
