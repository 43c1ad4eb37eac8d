import Containerd
import KubeModel
import PodLifecycle
import Testing

@testable import NodeAgent

struct EnvironmentTests {
    private func resolve(
        _ container: JSON, objects: [(JSON, isSecret: Bool)] = [], services: [KubeObject] = []
    ) async throws -> [String: String] {
        let api = FakeAPI()
        for (object, isSecret) in objects { await api.put(isSecret ? .secrets : .configMaps, object) }
        let pod = KubeObject(testPod(container))
        let fields = PodFields(
            pod: pod, addresses: ["10.244.0.7"], hostAddress: "10.0.0.1", allocatable: ["cpu": Quantity(4)])
        let environment = try await ContainerEnvironment.resolve(
            PodDefinition(pod).containers[0], fields, services: services, sources: ConfigSources(api, namespace: "shop")
        )
        return environment.variables.reduce(into: [:]) { $0[$1.name] = $1.value }
    }

    private static let configMap: JSON = [
        "metadata": ["name": "c", "namespace": "shop"], "data": ["color": "blue", "size": "10"],
    ]

    @Test("env takes values, references and earlier variables")
    func values() async throws {
        let variables = try await resolve(
            [
                "env": [
                    ["name": "A", "value": "1"], ["name": "B", "value": "$(A)-$(UNKNOWN)-$$(A)"],
                    ["name": "IP", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]],
                    ["name": "APP", "valueFrom": ["fieldRef": ["fieldPath": "metadata.labels['app']"]]],
                    ["name": "COLOR", "valueFrom": ["configMapKeyRef": ["name": "c", "key": "color"]]],
                    ["name": "KEY", "valueFrom": ["secretKeyRef": ["name": "s", "key": "key"]]],
                    ["name": "NONE", "valueFrom": ["secretKeyRef": ["name": "x", "key": "y", "optional": true]]],
                    ["name": "CPU", "valueFrom": ["resourceFieldRef": ["resource": "limits.cpu"]]],
                    [
                        "name": "MEM",
                        "valueFrom": ["resourceFieldRef": ["resource": "requests.memory", "divisor": "1Mi"]],
                    ],
                ], "resources": ["requests": ["memory": "64Mi"]],
            ],
            objects: [
                (Self.configMap, false),
                (["metadata": ["name": "s", "namespace": "shop"], "data": ["key": "c2VjcmV0"]], true),
            ])
        #expect(
            variables == [
                "A": "1", "B": "1-$(UNKNOWN)-$(A)", "IP": "10.244.0.7", "APP": "web", "COLOR": "blue", "KEY": "secret",
                "CPU": "4", "MEM": "64",
            ])
    }

    @Test("envFrom takes all keys under a prefix, and env wins")
    func envFrom() async throws {
        let variables = try await resolve(
            [
                "envFrom": [["prefix": "X_", "configMapRef": ["name": "c"]]],
                "env": [["name": "X_size", "value": "11"]],
            ], objects: [(Self.configMap, false)])
        #expect(variables == ["X_color": "blue", "X_size": "11"])
    }

    @Test("a missing key is an error that names it")
    func missingKey() async {
        await #expect(throws: ContainerConfigFailure(message: "couldn't find key shape in ConfigMap shop/c")) {
            _ = try await resolve(
                ["env": [["name": "S", "valueFrom": ["configMapKeyRef": ["name": "c", "key": "shape"]]]]],
                objects: [(Self.configMap, false)])
        }
    }

    @Test("services of the namespace and the API server's are told as variables")
    func services() async throws {
        func service(_ namespace: String, _ name: String, _ address: String) -> KubeObject {
            KubeObject([
                "metadata": ["name": .string(name), "namespace": .string(namespace)],
                "spec": ["clusterIP": .string(address), "ports": [["name": "http", "port": 80, "protocol": "TCP"]]],
            ])
        }
        let variables = try await resolve(
            [:],
            services: [
                service("shop", "my-db", "10.96.0.9"), service("other", "x", "10.96.0.8"),
                service("default", "kubernetes", "10.96.0.1"), service("shop", "headless", "None"),
            ])
        #expect(variables["MY_DB_SERVICE_HOST"] == "10.96.0.9")
        #expect(variables["MY_DB_PORT_80_TCP"] == "tcp://10.96.0.9:80")
        #expect(variables["KUBERNETES_SERVICE_PORT_HTTP"] == "80")
        #expect(variables.keys.allSatisfy { $0.hasPrefix("MY_DB_") || $0.hasPrefix("KUBERNETES_") })
    }

    @Test("requests and limits become shares, quota and limits")
    func resources() {
        let container = ContainerDefinition(
            ["name": "c", "resources": ["requests": ["cpu": "250m"], "limits": ["cpu": "500m", "memory": "64Mi"]]],
            isInit: false)
        #expect(
            ContainerResources(container, qosClass: "Burstable", nodeMemory: 1 << 30)
                == ContainerResources(
                    cpuShares: 256, cpuQuotaMicroseconds: 50_000, cpuPeriodMicroseconds: 100_000,
                    memoryLimitBytes: 64 << 20, memorySwapLimitBytes: 64 << 20, oomScoreAdjustment: 938))
    }

    @Test("runAsNonRoot refuses an image that runs as root")
    func nonRoot() {
        let pod = PodDefinition(KubeObject(testPod(["securityContext": ["runAsNonRoot": true]])))
        var security = ContainerSecurity(pod.containers[0], pod: pod)
        #expect(throws: ContainerConfigFailure(message: "container has runAsNonRoot and image will run as root")) {
            try security.settleUser(pod.containers[0], pod: pod, image: ImageSummary(id: "i", userID: 0))
        }
    }
}
