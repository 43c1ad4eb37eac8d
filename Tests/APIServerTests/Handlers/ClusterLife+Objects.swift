import KubeModel

/// What is written.
extension ClusterLife {
    static func deployment(_ name: String, _ image: String, cpu: String = "100m", strategy: JSON) -> JSON {
        [
            "metadata": ["name": .string(name), "labels": ["app": .string(name)]],
            "spec": [
                "replicas": 1, "selector": ["matchLabels": ["app": .string(name)]], "strategy": strategy,
                "template": template(name, image, cpu: cpu),
            ],
        ]
    }

    static func template(_ app: String, _ image: String, cpu: String = "100m") -> JSON {
        let requests: JSON = ["cpu": .string(cpu), "memory": "64Mi"]
        return [
            "metadata": ["labels": ["app": .string(app)]],
            "spec": [
                "terminationGracePeriodSeconds": 1,
                "containers": [["name": "main", "image": .string(image), "resources": ["requests": requests]]],
            ],
        ]
    }

    static func image(_ app: String, _ image: String) -> JSON { ["spec": ["template": template(app, image)]] }

    static func definition(_ plural: String, _ kind: String) -> JSON {
        let schema: JSON = [
            "type": "object",
            "properties": [
                "spec": ["type": "object", "properties": ["replicas": ["type": "integer"]]],
                "status": [
                    "type": "object", "properties": ["phase": ["type": "string"], "replicas": ["type": "integer"]],
                ],
            ],
        ]
        let scale: JSON = ["specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"]
        return [
            "metadata": ["name": .string("\(plural).example.com")],
            "spec": [
                "group": "example.com", "scope": "Namespaced",
                "names": ["plural": .string(plural), "kind": .string(kind)],
                "versions": [
                    [
                        "name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": schema],
                        "subresources": ["status": [:], "scale": scale],
                    ]
                ],
            ],
        ]
    }

    /// Objects of the kinds that need more than a name.
    static let bodies: [String: JSON] = [
        "CustomResourceDefinition": definition("gadgets", "Gadget"), "Widget": ["spec": ["replicas": 0]],
        "Deployment": [
            "spec": [
                "replicas": 0, "paused": true, "selector": ["matchLabels": ["app": "every"]],
                "template": template("every", "every:1"),
            ]
        ],
        "ReplicaSet": [
            "spec": [
                "replicas": 0, "selector": ["matchLabels": ["app": "every"]], "template": template("every", "every:1"),
            ]
        ],
        "Pod": ["spec": ["containers": [["name": "main", "image": "every:1"]]]],
        "Service": ["spec": ["ports": [["port": 80]]]],
        "EndpointSlice": ["addressType": "IPv4", "endpoints": []],
        "Lease": ["spec": ["holderIdentity": "n1"]],
        "HorizontalPodAutoscaler": [
            "spec": [
                "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "none"], "maxReplicas": 2,
            ]
        ],
        "Event": [
            "involvedObject": ["kind": "Pod", "name": "web", "namespace": "shop"], "reason": "Started",
            "message": "it runs", "type": "Normal",
        ],
    ]

    static let statuses: [String: JSON] = [
        "Deployment": ["status": ["collisionCount": 1]],
        "ReplicaSet": ["status": ["observedGeneration": 99, "replicas": 0]],
        "Pod": ["status": ["message": "waits"]],
        "Service": ["status": ["loadBalancer": ["ingress": [["ip": "10.0.0.5"]]]]],
        "Widget": ["status": ["phase": "made"]],
        "HorizontalPodAutoscaler": ["status": ["currentReplicas": 1, "desiredReplicas": 1]],
        "Node": ["status": ["conditions": [["type": "Tested", "status": "True"]]]],
        "Namespace": ["status": ["conditions": [["type": "Tested", "status": "True"]]]],
    ]
}
