import Domain
import KubeMachinery
import KubeModel

/// Where a call comes from and what it belongs to.
public struct CallOrigin: Sendable {
    public var caller: Caller
    public var callID: CallID
    /// The position of the event that led to this call; 0 for a call from outside.
    public var cause: Position
    public var correlation: Position
    /// The term that a controller planned in.
    public var term: Int64?

    public init(caller: Caller, callID: CallID, cause: Position = 0, correlation: Position = 0, term: Int64? = nil) {
        (self.caller, self.callID, self.cause) = (caller, callID, cause)
        (self.correlation, self.term) = (correlation, term)
    }
}

/// One write that somebody asks for, not yet looked at.
public struct WriteRequest: Sendable {
    public enum Operation: Sendable {
        case create(JSON)
        case update(JSON)
        case patch(PatchKind, [UInt8])
        case delete(DeleteOptions)
        /// Binds a pod; the verdict is the scheduler's view of every node, null for a binding from outside.
        case bind(node: String, uid: String?, verdict: JSON)
        case removeFinalizer(String, uid: String)
        /// Replaces the status of a blue-green Deployment, as `TrafficSwitched`.
        case switchTraffic(JSON)
        /// Puts the parts that people own back to those of an earlier form, or creates it again.
        case restore(JSON)
    }

    public var type: ResourceType
    public var namespace: String
    /// Empty for a creation by `POST`, where the object names itself.
    public var name: String
    public var subresource: String?
    public var operation: Operation
    public var isDryRun: Bool
    public var fieldValidation: FieldValidation
    public var origin: CallOrigin
    /// What the event is to say beyond the object.
    public var remarks: JSONObject = [:]

    public init(
        _ type: ResourceType, namespace: String = "", name: String = "", subresource: String? = nil,
        operation: Operation, isDryRun: Bool = false, fieldValidation: FieldValidation = .ignore, origin: CallOrigin
    ) {
        (self.type, self.namespace, self.name, self.subresource) = (type, namespace, name, subresource)
        (self.operation, self.isDryRun, self.fieldValidation) = (operation, isDryRun, fieldValidation)
        self.origin = origin
    }

    public var key: ObjectKey { ObjectKey(type.groupResource, namespace: namespace, name: name) }
}

/// `metav1.DeleteOptions`.
public struct DeleteOptions: Sendable, Hashable {
    public enum Propagation: String, Sendable, Hashable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    /// The reason of the condition `DisruptionTarget` that an evicted pod gets.
    public static let evictionReason = "EvictionByEvictionAPI"

    /// Seconds; nil for the object's own.
    public var gracePeriodSeconds: Int64?
    /// Nil for the resource's default, which is `background` for every one that is served.
    public var propagation: Propagation?
    /// The object must have this uid, or the call is a conflict.
    public var uid: String?
    /// The object must have this resourceVersion, or the call is a conflict.
    public var resourceVersion: String?
    public var isDryRun: Bool
    /// The pod's eviction is asked for, not just its deletion: its status says so.
    public var isEviction = false

    public init(
        gracePeriodSeconds: Int64? = nil, propagation: Propagation? = nil, uid: String? = nil,
        resourceVersion: String? = nil, isDryRun: Bool = false
    ) {
        (self.gracePeriodSeconds, self.propagation) = (gracePeriodSeconds, propagation)
        (self.uid, self.resourceVersion, self.isDryRun) = (uid, resourceVersion, isDryRun)
    }
}

/// What preparing a write came to.
public enum PreparedWrite: Sendable {
    /// A change for the sequencer.
    case change(ObjectChange, warnings: [String])
    /// The object already is as asked for.
    case unchanged(StoredObject, warnings: [String])
}
