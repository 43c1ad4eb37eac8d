import KubeModel

/// What the lifecycle machine needs of a Pod object: its identity, policies and containers, defaults filled in.
public struct PodDefinition: Sendable, Hashable {
    /// `spec.restartPolicy`.
    public enum RestartPolicy: String, Sendable, Hashable {
        case always = "Always"
        case onFailure = "OnFailure"
        case never = "Never"
    }

    /// The whole object as the API served it.
    public let object: KubeObject
    public let restartPolicy: RestartPolicy
    public let initContainers: [ContainerDefinition]
    public let containers: [ContainerDefinition]

    public init(_ object: KubeObject) {
        self.object = object
        restartPolicy = object.spec.string("restartPolicy").flatMap(RestartPolicy.init(rawValue:)) ?? .always
        initContainers = object.spec.array("initContainers").map { ContainerDefinition($0, isInit: true) }
        containers = object.spec.array("containers").map { ContainerDefinition($0, isInit: false) }
    }

    public var uid: String { object.uid }
    public var namespace: String { object.namespace }
    public var name: String { object.name }
    public var isHostNetwork: Bool { object.spec.bool("hostNetwork") ?? false }
    public var activeDeadlineSeconds: Int64? { object.spec.int("activeDeadlineSeconds") }
    public var isBeingDeleted: Bool { object.isBeingDeleted }

    /// Seconds between SIGTERM and SIGKILL: what the delete asked for, else what the spec says, else 30.
    public var graceSeconds: Int64 {
        object.json.int("metadata", "deletionGracePeriodSeconds") ?? object.spec.int("terminationGracePeriodSeconds")
            ?? 30
    }

    /// `purser.dev/drain-seconds`: the longest wait for open connections before a deleted pod is stopped.
    public var drainSeconds: Int64 {
        max(0, object.annotations["purser.dev/drain-seconds"].flatMap { Int64($0) } ?? 0)
    }

    /// The container of a name, init containers included.
    public func container(_ name: String) -> ContainerDefinition? {
        (initContainers + containers).first { $0.name == name }
    }
}

extension PodDefinition {
    /// `status.qosClass` by the rules of "Pod Quality of Service Classes".
    public var qosClass: String {
        let all = initContainers + containers
        let named = all.flatMap { container in
            ["cpu", "memory"].map { (container.quantity("requests", $0), container.quantity("limits", $0)) }
        }
        if named.allSatisfy({ $0.0 == nil && $0.1 == nil }) { return "BestEffort" }
        let guaranteed = named.allSatisfy { request, limit in limit != nil && (request ?? limit) == limit }
        return guaranteed ? "Guaranteed" : "Burstable"
    }
}

/// One container of a pod's spec.
public struct ContainerDefinition: Sendable, Hashable {
    /// `imagePullPolicy`.
    public enum PullPolicy: String, Sendable, Hashable {
        case always = "Always"
        case ifNotPresent = "IfNotPresent"
        case never = "Never"
    }

    /// The container as the spec holds it.
    public let spec: JSON
    public let name: String
    public let image: String
    public let pullPolicy: PullPolicy
    public let isInit: Bool
    public let probes: [ProbeKind: ProbeDefinition]
    public let postStart: LifecycleHandler?
    public let preStop: LifecycleHandler?

    public init(_ spec: JSON, isInit: Bool) {
        self.spec = spec
        self.isInit = isInit
        name = spec.string("name") ?? ""
        image = spec.string("image") ?? ""
        pullPolicy = spec.string("imagePullPolicy").flatMap(PullPolicy.init(rawValue:)) ?? Self.defaultPolicy(image)
        var probes: [ProbeKind: ProbeDefinition] = [:]
        for kind in ProbeKind.allCases {
            guard let probe = spec[kind.field] else { continue }
            probes[kind] = ProbeDefinition(probe, container: spec)
        }
        self.probes = probes
        postStart = spec[["lifecycle", "postStart"]].flatMap { LifecycleHandler($0, container: spec) }
        preStop = spec[["lifecycle", "preStop"]].flatMap { LifecycleHandler($0, container: spec) }
    }

    /// An init container with `restartPolicy: Always` (KEP-753): it runs beside the app containers.
    public var isSidecar: Bool { isInit && spec.string("restartPolicy") == "Always" }

    func quantity(_ list: String, _ resource: String) -> Quantity? {
        Quantity(json: spec[["resources", list, resource]])
    }

    /// Always for the tag `latest` or none, else IfNotPresent.
    private static func defaultPolicy(_ image: String) -> PullPolicy {
        if image.contains("@") { return .ifNotPresent }
        let last = image.split(separator: "/").last ?? ""
        return !last.contains(":") || last.hasSuffix(":latest") ? .always : .ifNotPresent
    }
}
