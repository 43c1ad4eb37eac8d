import KubeModel
import Testing

@Suite("What a node agent may read") struct NodeReadTests {
    private static let namespace = "/api/v1/namespaces/shop"

    /// A Secret and a ConfigMap of each name, and a pod on n1 that refers to some of them.
    private func withPod(_ body: @Sendable (HandlerFixture) async throws -> Void) async throws {
        try await HandlerFixture.run { server in
            for node in ["n1", "n2"] {
                try await server.json("POST", "/api/v1/nodes", ["metadata": ["name": .string(node)]])
            }
            try await server.json("POST", "/api/v1/namespaces", ["metadata": ["name": "shop"]])
            for name in ["env", "whole", "volume", "projected", "pull", "optional", "other"] {
                for resource in ["secrets", "configmaps"] {
                    let object: JSON = ["metadata": ["name": .string(name)]]
                    try await server.json("POST", "\(Self.namespace)/\(resource)", object)
                }
            }
            try await server.json("POST", "\(Self.namespace)/pods", ["metadata": ["name": "web"], "spec": Self.spec])
            try await server.json(
                "POST", "\(Self.namespace)/pods/web/binding", ["target": ["kind": "Node", "name": "n1"]])
            try await body(server)
        }
    }

    private static let spec: JSON = [
        "imagePullSecrets": [["name": "pull"]],
        "containers": [
            [
                "name": "app", "image": "nginx:1",
                "env": [["name": "A", "valueFrom": ["secretKeyRef": ["name": "env", "key": "a"]]]],
                "envFrom": [
                    ["configMapRef": ["name": "whole"]], ["secretRef": ["name": "optional", "optional": true]],
                ],
            ]
        ],
        "volumes": [
            ["name": "v", "secret": ["secretName": "volume"]],
            ["name": "p", "projected": ["sources": [["configMap": ["name": "projected"]]]]],
        ],
    ]

    @Test("a node agent reads the Secrets and ConfigMaps of its own pods, as they are now, and no others")
    func reads() async throws {
        try await withPod { server in
            func status(_ path: String, _ node: String = "n1") async -> Int {
                await server.call(
                    "GET", "\(Self.namespace)/\(path)", user: "system:node:\(node)", group: "system:nodes"
                ).status
            }
            let needed = [
                "secrets/env", "configmaps/whole", "secrets/volume", "configmaps/projected", "secrets/pull",
                "secrets/optional",
            ]
            for path in needed {
                #expect(await status(path) == 200, "\(path)")
                #expect(await status(path, "n2") == 403, "\(path)")
                #expect(await status("\(path)?at=1m") == 403, "\(path)")
            }
            for path in ["configmaps/env", "secrets/whole", "secrets/other", "configmaps/other", "secrets/none"] {
                #expect(await status(path) == 403, "\(path)")
            }
            try await server.json("DELETE", "\(Self.namespace)/pods/web?gracePeriodSeconds=0")
            #expect(await status("secrets/env") == 403)
        }
    }
}
