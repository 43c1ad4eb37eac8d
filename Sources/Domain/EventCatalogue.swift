import KubeMachinery
import KubeModel

/// The closed catalogue of event types. A type is either one of the fixed names here or a kind with one of the
/// suffixes: `DeploymentCreated`, `PodStatusChanged`.
public enum EventCatalogue {
    public enum Suffix: String, Sendable, CaseIterable {
        case created = "Created"
        /// Something other than the status changed.
        case updated = "Updated"
        case scaled = "Scaled"
        case statusChanged = "StatusChanged"
        /// `deletionTimestamp` was set; the object stays until its finalizers and its grace are done.
        case deletionRequested = "DeletionRequested"
        case deleted = "Deleted"
        /// Desired state was put back to what it was at an earlier position. Of a namespace it heads the events of a
        /// rollback of all that is in it.
        case rolledBack = "RolledBack"

        /// Which projection the type feeds.
        public var feeds: Projection { self == .statusChanged ? .actual : .desired }

        /// True if objects of a kind can have such an event.
        public func occurs(of type: ResourceType) -> Bool {
            switch self {
            case .created, .updated, .deletionRequested, .deleted: true
            case .scaled: type.hasScale
            case .statusChanged: type.hasStatus
            case .rolledBack: !observedKinds.contains(type.groupResource)
            }
        }

        public var meaning: String {
            switch self {
            case .created: "The object was created; the payload is the whole object."
            case .updated: "Metadata, spec or data changed; the payload holds the changed top-level members."
            case .scaled:
                "Only the number of replicas changed. Where an autoscaler changed it, `autoscaling` says which, from "
                    + "what to what, and what it saw."
            case .statusChanged:
                "What was observed changed; the payload holds the status (and what changed with it). Of a pod that "
                    + "found no node `verdict` has the scheduler's view of every node."
            case .deletionRequested: "Deletion was asked for and waits for finalizers or for the grace period."
            case .deleted: "The object is gone; the payload is empty."
            case .rolledBack:
                "Desired state was put back to what it was at an earlier position; `rollback` says to which (a "
                    + "position, or the revision of a Deployment whose pod template came back). "
                    + "`NamespaceRolledBack` heads the events of a rollback of all that is in the namespace."
            }
        }
    }

    public enum Projection: String, Sendable { case desired, actual, none }

    public struct FixedType: Sendable {
        public let name: String
        public let feeds: Projection
        public let meaning: String

        public var version: Int { EventCatalogue.version(of: name) }
    }

    public static let podBound = "PodBound"
    public static let trafficSwitched = "TrafficSwitched"
    public static let usageMeasured = "UsageMeasured"
    public static let callServed = "CallServed"
    public static let callRefused = "CallRefused"
    public static let termTaken = "TermTaken"
    public static let keysDestroyed = "KeysDestroyed"
    public static let clusterRolledBack = "ClusterRolledBack"
    public static let selectionRolledBack = "SelectionRolledBack"
    /// Types of events that change no object by themselves and head changes of many.
    public static let rollbackHeads: Set<String> = [clusterRolledBack, selectionRolledBack]

    public static let fixed: [FixedType] = [
        FixedType(
            name: podBound, feeds: .actual,
            meaning: "The scheduler bound a pod to a node; `verdict` has its view of every node."),
        FixedType(name: trafficSwitched, feeds: .actual, meaning: "A blue-green Deployment's live side changed."),
        FixedType(
            name: usageMeasured, feeds: .actual,
            meaning: "A node reported what the cgroups of its pods used, cumulatively."),
        FixedType(
            name: callServed, feeds: .none, meaning: "A read, a dry run or a write that changed nothing was answered."),
        FixedType(
            name: callRefused, feeds: .none,
            meaning: "A call was refused; the payload has the code, the reason and the message."),
        FixedType(
            name: termTaken, feeds: .none,
            meaning: "A replica took the lead: its reconcilers and scheduler work from here on."),
        FixedType(
            name: keysDestroyed, feeds: .none,
            meaning: "Keys or names were destroyed for good (`purser shred`); the payload has the keys' ids and "
                + "the people's commitments."),
        FixedType(
            name: clusterRolledBack, feeds: .none,
            meaning: "Heads the events of a rollback of the whole cluster; the payload says to which position."),
        FixedType(
            name: selectionRolledBack, feeds: .none,
            meaning: "Heads the events of a rollback of what a label selector chose in a namespace."),
    ]

    /// What events of custom resources say in the place of a kind: kinds of others' making would make the catalogue
    /// open, and a `Cluster` rolled back would be called as a rollback of the cluster. The stream tells the kind.
    public static let customKind = "CustomResource"

    /// Kinds that hold what was observed, not what was asked for.
    public static let observedKinds: Set<GroupResource> = [.nodes, .endpointSlices, .events, .leases]

    /// Every type that events can have where these kinds and custom resources are served.
    public static func types(of registry: Registry) -> Set<String> {
        let ofObjects = registry.types.filter { !$0.isView }.flatMap { type in
            Suffix.allCases.filter { $0.occurs(of: type) }.map { name(type.kind.kind, $0) }
        }
        return Set(ofObjects + Suffix.allCases.map { name(customKind, $0) } + fixed.map(\.name))
    }

    /// The version in which events of a type are written: 1 until its form is changed.
    public static func version(of type: String) -> Int { Upcaster.released.version(of: type) }

    public static func name(_ kind: String, _ suffix: Suffix) -> String { kind + suffix.rawValue }

    public static func name(_ type: ResourceType, _ suffix: Suffix) -> String {
        name(type.custom == nil ? type.kind.kind : customKind, suffix)
    }

    /// True if the type ends its object.
    public static func ends(_ type: String) -> Bool {
        type.hasSuffix(Suffix.deleted.rawValue)
    }

    /// True if the type changes what is asked for, not what was observed.
    public static func asks(_ type: String) -> Bool {
        type != podBound && type != trafficSwitched && feedsObjects(type)
            && !type.hasSuffix(Suffix.statusChanged.rawValue)
    }

    /// True if the type's stream is an object of the state.
    public static func feedsObjects(_ type: String) -> Bool {
        type != usageMeasured && type != callServed && type != callRefused && type != termTaken
            && type != keysDestroyed
            && !rollbackHeads.contains(type)
    }
}
