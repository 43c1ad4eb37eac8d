import Containerd
import KubeModel
import LinuxNode
import PodLifecycle

extension ContainerResources {
    /// Requests and limits of a container as weights and quotas, by Kubernetes' rules.
    init(_ container: ContainerDefinition, qosClass: String, nodeMemory: Int64) {
        let requests = container.spec[["resources", "requests"]] ?? [:]
        let limits = container.spec[["resources", "limits"]] ?? [:]
        let cpuLimit = Quantity(json: limits["cpu"])
        let cpu = Quantity(json: requests["cpu"]) ?? cpuLimit
        let memoryLimit = Quantity(json: limits["memory"])?.value
        let memory = Quantity(json: requests["memory"])?.value ?? memoryLimit ?? 0
        self.init(
            cpuShares: Self.shares(milli: cpu?.milliValue ?? 0),
            cpuQuotaMicroseconds: cpuLimit.map { max(1000, $0.milliValue * 100) },
            cpuPeriodMicroseconds: cpuLimit == nil ? nil : 100_000, memoryLimitBytes: memoryLimit,
            memorySwapLimitBytes: memoryLimit,
            oomScoreAdjustment: Self.oomScore(qosClass, request: memory, nodeMemory: nodeMemory))
    }

    /// 1024 is one core; 2 is the least the kernel takes.
    static func shares(milli: Int64) -> Int64 { min(262_144, max(2, milli * 1024 / 1000)) }

    /// The bigger the part of the node's memory that was asked for, the later the kernel kills.
    private static func oomScore(_ qosClass: String, request: Int64, nodeMemory: Int64) -> Int64 {
        switch qosClass {
        case "Guaranteed": -997
        case "BestEffort": 1000
        default: min(999, max(3, 1000 - 1000 * request / max(1, nodeMemory)))
        }
    }
}

extension PodLimits {
    /// The limits of the whole pod: sums, where every container has a limit.
    init(_ pod: PodDefinition) {
        func sum(_ list: String, _ resource: String) -> Quantity? {
            let values = pod.containers.map { Quantity(json: $0.spec[["resources", list, resource]]) }
            let apps = values.compactMap { $0 }.reduce(Quantity.zero, +)
            guard !values.contains(nil) else { return nil }
            let inits = pod.initContainers.compactMap { Quantity(json: $0.spec[["resources", list, resource]]) }
            return max(apps, inits.max() ?? .zero)
        }
        let cpu = pod.containers.compactMap {
            Quantity(json: $0.spec[["resources", "requests", "cpu"]])
                ?? Quantity(json: $0.spec[["resources", "limits", "cpu"]])
        }.reduce(Quantity.zero, +)
        // A pod with an init container without a limit has no limit of its own.
        let bounded = pod.initContainers.allSatisfy { $0.spec[["resources", "limits"]] != nil }
        self.init(
            cpuShares: UInt64(ContainerResources.shares(milli: cpu.milliValue)),
            cpuQuotaMicroseconds: bounded ? sum("limits", "cpu").map { UInt64(max(1000, $0.milliValue * 100)) } : nil,
            memoryBytes: bounded ? sum("limits", "memory").map { UInt64(clamping: $0.value) } : nil)
    }
}

extension ContainerSecurity {
    /// `securityContext` of a container over that of its pod.
    init(_ container: ContainerDefinition, pod: PodDefinition) {
        let own = container.spec["securityContext"] ?? [:]
        let shared = pod.object.spec["securityContext"] ?? [:]
        let privileged = own.bool("privileged") ?? false
        var groups = shared.array("supplementalGroups").compactMap(\.intValue)
        if let group = shared.int("fsGroup") { groups.append(group) }
        let capabilities = own["capabilities"] ?? [:]
        self.init(
            privileged: privileged, addCapabilities: capabilities.array("add").compactMap(\.stringValue),
            dropCapabilities: capabilities.array("drop").compactMap(\.stringValue),
            runAsUser: own.int("runAsUser") ?? shared.int("runAsUser"),
            runAsGroup: own.int("runAsGroup") ?? shared.int("runAsGroup"), supplementalGroups: groups,
            readOnlyRootFilesystem: own.bool("readOnlyRootFilesystem") ?? false,
            noNewPrivileges: own.bool("allowPrivilegeEscalation") == false && !privileged,
            seccomp: Self.profile(own["seccompProfile"] ?? shared["seccompProfile"]),
            appArmor: Self.profile(own["appArmorProfile"] ?? shared["appArmorProfile"]))
    }

    private static func profile(_ json: JSON?) -> SecurityProfile? {
        switch json?.string("type") {
        case "RuntimeDefault": .runtimeDefault
        case "Unconfined": .unconfined
        case "Localhost": .localhost(json?.string("localhostProfile") ?? "")
        default: nil
        }
    }

    /// Fills in the image's user, and refuses root where the pod forbids it.
    mutating func settleUser(_ container: ContainerDefinition, pod: PodDefinition, image: ImageSummary?) throws {
        if runAsUser == nil {
            runAsUser = image?.userID
            if runAsUser == nil { runAsUserName = image?.userName ?? "" }
        }
        let forbidsRoot =
            container.spec.bool("securityContext", "runAsNonRoot")
            ?? pod.object.spec.bool("securityContext", "runAsNonRoot") ?? false
        guard forbidsRoot else { return }
        if let user = runAsUser, user > 0 { return }
        if !runAsUserName.isEmpty {
            throw ContainerConfigFailure(
                message:
                    "container has runAsNonRoot and image has non-numeric user (\(runAsUserName)), "
                    + "cannot verify user is non-root"
            )
        }
        throw ContainerConfigFailure(message: "container has runAsNonRoot and image will run as root")
    }
}
