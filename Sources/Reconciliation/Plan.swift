import Domain
import KubeModel

/// What a reconciler wants done: writes in order, and when to look again. Empty if actual state is as desired.
public struct Plan: Sendable, Hashable {
    public var writes: [PlannedWrite]
    /// Kubernetes Events for people to read (`kubectl describe`), recorded beside the writes.
    public var notes: [Note]
    /// Seconds until the key is to be planned again even if nothing changes; nil for "when woken".
    public var requeueAfter: Double?
    /// The position of the event that the writes rest on, where that is not what woke the key (a usage report).
    public var cause: Position?

    public init(_ writes: [PlannedWrite] = [], notes: [Note] = [], requeueAfter: Double? = nil) {
        (self.writes, self.notes, self.requeueAfter) = (writes, notes, requeueAfter)
    }
}

/// One write of a plan. Each carries what it was planned on, so that the sequencer refuses a stale one.
public enum PlannedWrite: Sendable, Hashable {
    /// A new object (`apiVersion`, `kind`, `metadata`, `spec`, …), without uid and resourceVersion.
    case create(GroupResource, KubeObject)
    /// The whole object with its changes; `metadata.resourceVersion` is what it was planned on.
    case update(GroupResource, KubeObject)
    /// As `update`, but only `status` counts.
    case updateStatus(GroupResource, KubeObject)
    /// Deletes by key if the uid still matches. Grace seconds nil for the object's own default.
    case delete(ObjectKey, uid: String, graceSeconds: Int64?)
    /// Removes a finalizer.
    case removeFinalizer(ObjectKey, uid: String, finalizer: String)
    /// Binds a pod to a node, with the scheduler's verdict on every node (kept in the event).
    case bind(pod: ObjectKey, uid: String, node: String, verdict: JSON)
    /// Sets the status of a pod that found no node, with the scheduler's verdict on every node (kept in the event).
    case postpone(KubeObject, verdict: JSON)
    /// Switches the live side of a blue-green Deployment: `status` as a whole; recorded as `TrafficSwitched`.
    case switchTraffic(KubeObject)
    /// Sets the count of a workload through its scale; the workload is as it was planned on. What an autoscaler saw is
    /// kept in the event.
    case scale(GroupResource, KubeObject, replicas: Int64, autoscaling: JSON)
}

/// A Kubernetes Event to record about an object.
public struct Note: Sendable, Hashable {
    public enum Level: String, Sendable, Hashable { case normal = "Normal", warning = "Warning" }
    public var about: KubeObject
    public var level: Level
    public var reason: String
    public var message: String
    public init(about: KubeObject, level: Level = .normal, reason: String, message: String) {
        (self.about, self.level, self.reason, self.message) = (about, level, reason, message)
    }
}

/// A controller as a pure function. The request is a key, never an event's content (level-based).
public protocol Reconciler: Sendable {
    /// `deployment`; the caller is then `system:controller:deployment`.
    var name: String { get }
    /// The keys to plan when an object changed (`old` nil: created; `new` nil: deleted).
    func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView) -> [ObjectKey]
    func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan
}
