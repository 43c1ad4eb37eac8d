import Containerd
import KubeModel
import PodLifecycle

/// The labels by which tools find a pod's sandboxes and containers in the runtime.
enum RuntimeLabel {
    static let podName = "io.kubernetes.pod.name"
    static let podNamespace = "io.kubernetes.pod.namespace"
    static let podUID = "io.kubernetes.pod.uid"
    static let containerName = "io.kubernetes.container.name"
    /// Whose agent made it.
    static let node = "purser.dev/node"
    static let messagePath = "purser.dev/termination-message-file"
    static let messagePolicy = "io.kubernetes.container.terminationMessagePolicy"

    static func pod(_ pod: KubeObject, node nodeName: String) -> [String: String] {
        [podName: pod.name, podNamespace: pod.namespace, podUID: pod.uid, node: nodeName]
    }
}

extension SandboxConfig {
    /// The sandbox of a pod. Host ports are the packet filter's, not the runtime's.
    init(
        _ pod: PodDefinition, attempt: Int, logDirectory: String, cgroupParent: String,
        configuration: NodeAgentConfiguration
    ) {
        let spec = pod.object.spec
        let context = spec["securityContext"] ?? [:]
        let all = pod.initContainers + pod.containers
        self.init(
            name: pod.name, namespace: pod.namespace, uid: pod.uid, attempt: UInt32(clamping: attempt),
            hostname: pod.isHostNetwork ? "" : String((spec.string("hostname") ?? pod.name).prefix(63)),
            logDirectory: logDirectory, dns: Self.dns(pod, configuration),
            labels: pod.object.labels.merging(RuntimeLabel.pod(pod.object, node: configuration.nodeName)) { _, own in
                own
            },
            annotations: [:], cgroupParent: cgroupParent,
            sysctls: context.array("sysctls").reduce(into: [:]) {
                if let name = $1.string("name") { $0[name] = $1.string("value") }
            },
            namespaces: Self.namespaces(spec),
            privileged: all.contains { $0.spec.bool("securityContext", "privileged") == true })
    }

    static func namespaces(_ spec: JSON) -> NamespaceOptions {
        let shares = spec.bool("shareProcessNamespace") == true
        return NamespaceOptions(
            network: spec.bool("hostNetwork") == true ? .node : .pod,
            pid: spec.bool("hostPID") == true ? .node : shares ? .pod : .container,
            ipc: spec.bool("hostIPC") == true ? .node : .pod)
    }

    /// `dnsPolicy` and `dnsConfig`. Where no cluster DNS is configured, ClusterFirst means the node's resolver.
    static func dns(_ pod: PodDefinition, _ configuration: NodeAgentConfiguration) -> DNSConfig? {
        let spec = pod.object.spec
        let policy = spec.string("dnsPolicy") ?? "ClusterFirst"
        var dns = DNSConfig()
        let usesCluster = policy == "ClusterFirstWithHostNet" || policy == "ClusterFirst" && !pod.isHostNetwork
        if usesCluster, !configuration.clusterDNS.isEmpty {
            let domain = configuration.clusterDomain
            dns = DNSConfig(
                servers: configuration.clusterDNS,
                searches: ["\(pod.namespace).svc.\(domain)", "svc.\(domain)", domain], options: ["ndots:5"])
        } else if policy != "None" {
            guard spec["dnsConfig"] != nil else { return nil }
        }
        let own = spec["dnsConfig"] ?? [:]
        dns.servers += own.array("nameservers").compactMap(\.stringValue)
        dns.searches += own.array("searches").compactMap(\.stringValue)
        dns.options += own.array("options").compactMap { option in
            option.string("name").map { name in option.string("value").map { "\(name):\($0)" } ?? name }
        }
        return dns
    }
}
