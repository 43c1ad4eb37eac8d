import CommandHandling
import Domain
import KubeMachinery
import KubeModel
import Reconciliation

/// Records planned notes as Kubernetes Events; one that is said again counts up instead of piling up.
struct NoteRecorder: Sendable {
    let executor: PlanExecutor
    let cluster: Cluster

    /// - Parameters:
    ///   - component: who tells it, as `kubectl describe` shows it: `deployment-controller`.
    ///   - cause: what led to all of them; 0 for the last change of the object that each is about.
    func record(_ notes: [Note], by component: String, cause: Position = 0) async {
        guard !notes.isEmpty else { return }
        let writes = notes.map { write($0, by: component) }
        // An Event that cannot be written must not hold up what it is about.
        _ = await executor.carryOut(Plan(writes)) { cause > 0 ? cause : $0.subjectPosition }
    }

    private func write(_ note: Note, by component: String) -> PlannedWrite {
        let namespace = note.about.namespace.isEmpty ? "default" : note.about.namespace
        let identity = "\(note.about.uid)/\(note.reason)/\(note.message)"
        let name = "\(note.about.name).\(FNV1a.hash64(identity.utf8).hexadecimal)"
        let now = JSON.string(cluster.clock.now.rfc3339)
        if var standing = cluster.state[ObjectKey(.events, namespace: namespace, name: name)]?.object() {
            standing.json["count"] = .int((standing.json.int("count") ?? 1) + 1)
            standing.json["lastTimestamp"] = now
            standing.json[["involvedObject", "resourceVersion"]] = .string(note.about.resourceVersion)
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

extension PlannedWrite {
    /// The last change of the object that a written Kubernetes Event is about; 0 for other writes.
    fileprivate var subjectPosition: Position {
        switch self {
        case .create(_, let event), .update(_, let event):
            event.json.string("involvedObject", "resourceVersion").flatMap { Position($0) } ?? 0
        default: 0
        }
    }
}
