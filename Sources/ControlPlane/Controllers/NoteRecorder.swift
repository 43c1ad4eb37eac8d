import CommandHandling
import Domain
import KubeMachinery
import KubeModel
import Reconciliation

/// Records planned notes as Kubernetes Events; one that is said again counts up instead of piling up.
struct NoteRecorder: Sendable {
    let executor: PlanExecutor
    let cluster: Cluster

    /// - Parameter component: who tells it, as `kubectl describe` shows it: `deployment-controller`.
    func record(_ notes: [Note], by component: String, cause: Position) async {
        guard !notes.isEmpty else { return }
        let writes = notes.map { write($0, by: component) }
        // An Event that cannot be written must not hold up what it is about.
        _ = await executor.carryOut(Plan(writes), cause: cause)
    }

    private func write(_ note: Note, by component: String) -> PlannedWrite {
        let namespace = note.about.namespace.isEmpty ? "default" : note.about.namespace
        let identity = "\(note.about.uid)/\(note.reason)/\(note.message)"
        let name = "\(note.about.name).\(FNV1a.hash64(identity.utf8).hexadecimal)"
        let now = JSON.string(cluster.clock.now.rfc3339)
        if var standing = cluster.state[ObjectKey(.events, namespace: namespace, name: name)]?.object() {
            standing.json["count"] = .int((standing.json.int("count") ?? 1) + 1)
            standing.json["lastTimestamp"] = now
            return .update(.events, standing)
        }
        return .create(
            .events,
            KubeObject([
                "apiVersion": "v1", "kind": "Event",
                "metadata": ["name": .string(name), "namespace": .string(namespace)],
                "involvedObject": [
                    "apiVersion": .string(note.about.apiVersion), "kind": .string(note.about.kind),
                    "name": .string(note.about.name), "namespace": .string(note.about.namespace),
                    "uid": .string(note.about.uid), "resourceVersion": .string(note.about.resourceVersion),
                ],
                "type": .string(note.level.rawValue), "reason": .string(note.reason), "message": .string(note.message),
                "source": ["component": .string(component)], "reportingComponent": .string(component),
                "reportingInstance": "", "firstTimestamp": now, "lastTimestamp": now, "count": 1,
            ]))
    }
}
