import Domain
import KubeMachinery
import KubeModel
import Scheduling

/// What a rollback brings back.
public enum RestorationExtent: Sendable, Hashable {
    case object(ObjectKey)
    /// A namespace and everything in it.
    case namespace(String)
    /// What a label selector chooses in a namespace, by its labels now or then.
    case selection(namespace: String, LabelSelector, text: String)
    case cluster
}

/// A rollback as a plan: what is done to which object, what is refused and why, and the command that does it all in one
/// transaction. A function of the state now and the objects then.
public struct Restoration: Sendable {
    public enum Action: String, Sendable { case create, update, delete, recreate }

    public struct Step: Sendable {
        public var action: Action
        public var key: ObjectKey
        /// The object as it is and as it will be, Secrets in clear; null where there is none.
        public var before: JSON
        public var after: JSON
        /// What a person should know beyond the differences.
        public var notes: [String]
    }

    /// An object that stays as it is, and why.
    public struct Refusal: Sendable, Hashable {
        public var key: ObjectKey
        public var reason: String
        /// The HTTP status that says the same.
        public var code: Int
    }

    /// How many objects of people's were looked at, now or then.
    public internal(set) var considered = 0
    public internal(set) var steps: [Step] = []
    public internal(set) var refusals: [Refusal] = []
    /// The state that the plan leads to; its positions count for nothing.
    public internal(set) var state: ClusterState
    public internal(set) var changes: [ObjectChange] = []
    public internal(set) var marker: Command.Marker?
    /// The uids of new Secrets; their data keys are to be stored before the command is sent.
    public internal(set) var newSecrets: [String: [UInt8]] = [:]

    /// True if the state is as it was already.
    public var isEmpty: Bool { steps.isEmpty }

    /// What the objects that change ask of the nodes, before and after.
    public var requests: (before: ResourceAmounts, after: ResourceAmounts) {
        steps.reduce(into: (ResourceAmounts(), ResourceAmounts())) { total, step in
            total.0 += Self.requests(of: step.before)
            total.1 += Self.requests(of: step.after)
        }
    }

    /// What a workload's pods ask for in sum; nothing for other objects.
    public static func requests(of object: JSON) -> ResourceAmounts {
        var total = ResourceAmounts()
        guard let (template, count) = pods(of: object) else { return total }
        let one = PodDemand.requests(of: template["spec"] ?? [:])
        total.milliCPU = one.milliCPU * count
        total.memory = one.memory * count
        total.ephemeralStorage = one.ephemeralStorage * count
        total.pods = count
        total.extended = one.extended.mapValues { $0 * count }
        return total
    }

    /// The pod (metadata and spec) that a workload wants, and how often.
    public static func pods(of object: JSON) -> (template: JSON, count: Int64)? {
        switch object.string("kind") {
        case "Pod": return (["metadata": object["metadata"] ?? [:], "spec": object["spec"] ?? [:]], 1)
        case "Deployment", "ReplicaSet":
            // The bound keeps products of counts and requests within 64 bits.
            return (object["spec"]?["template"] ?? [:], min(max(object.int("spec", "replicas") ?? 1, 0), 10_000))
        default: return nil
        }
    }
}
