import KubeModel

/// Objects that the tests start from.
enum Fixture {
    static let deploymentKey = ObjectKey(.deployments, namespace: "shop", name: "web")
    static let serviceKey = ObjectKey(.services, namespace: "shop", name: "web")

    static func node(_ name: String, cpu: String = "4", memory: String = "8Gi", pods: Int64 = 110) -> KubeObject {
        KubeObject([
            "apiVersion": "v1", "kind": "Node", "metadata": ["name": .string(name)], "spec": [:],
            "status": [
                "allocatable": ["cpu": .string(cpu), "memory": .string(memory), "pods": .int(pods)],
                "conditions": [["type": "Ready", "status": "True"]],
            ],
        ])
    }

    static func deployment(replicas: Int64, image: String = "web:1", strategy: JSON, cpu: String = "100m") -> KubeObject
    {
        KubeObject([
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": [
                "name": "web", "namespace": "shop",
                "annotations": ["team": "front", "kubectl.kubernetes.io/last-applied-configuration": "{}"],
            ],
            "spec": [
                "replicas": .int(replicas), "selector": ["matchLabels": ["app": "web"]], "strategy": strategy,
                "progressDeadlineSeconds": 600, "revisionHistoryLimit": 2, "template": template(image: image, cpu: cpu),
            ],
        ])
    }

    static func template(image: String, cpu: String = "100m") -> JSON {
        [
            "metadata": ["labels": ["app": "web"]],
            "spec": [
                "containers": [
                    [
                        "name": "web", "image": .string(image), "resources": ["requests": ["cpu": .string(cpu)]],
                        "ports": [["name": "http", "containerPort": 80]],
                    ]
                ]
            ],
        ]
    }

    static func rolling(surge: JSON, unavailable: JSON) -> JSON {
        ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": surge, "maxUnavailable": unavailable]]
    }

    static func service() -> KubeObject {
        KubeObject([
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": "web", "namespace": "shop", "uid": "svc-1"],
            "spec": [
                "clusterIP": "10.96.0.100", "selector": ["app": "web"],
                "ports": [["name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP"]],
            ],
        ])
    }

    static func pod(_ name: String, labels: [String: String] = ["app": "web"], extra: JSON = [:]) -> KubeObject {
        var pod: JSON = [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": "shop", "uid": .string("uid-\(name)"), "labels": JSON(labels),
            ],
            "spec": ["containers": [["name": "web", "ports": [["name": "http", "containerPort": 80]]]]],
        ]
        for (key, value) in extra.objectValue ?? [:] { pod[key] = value }
        return KubeObject(pod)
    }
}
