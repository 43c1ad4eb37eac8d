import KubeModel
import Scheduling

/// The scheduler's snapshot, kept up to date change by change.
struct ClusterSnapshotMirror {
    var value = ClusterSnapshot()

    mutating func apply(old: KubeObject?, new: KubeObject?, resource: GroupResource) {
        value.apply(old: old, new: new, resource: resource)
    }
}
