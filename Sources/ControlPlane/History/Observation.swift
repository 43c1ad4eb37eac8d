import Domain
import KubeModel

/// What events say about how pods fared, in words.
enum Observation {
    /// How containers ended, why a pod failed or found no node, which condition changed; empty where nothing of that
    /// changed.
    static func note(_ transition: ObjectTransition) -> String {
        guard let new = transition.new else { return "" }
        let before = transition.old?.object().status ?? [:]
        let after = new.object().status
        if transition.key.resource == .pods { return podNote(before, after) }
        return conditionNotes(before, after).joined(separator: "; ")
    }

    private static func podNote(_ before: JSON, _ after: JSON) -> String {
        var notes = failures(before, after)
        if let waiting = unscheduled(after), unscheduled(before) != waiting { notes.append(waiting) }
        let waited = waits(before, withMessages: true)
        notes += waits(after, withMessages: true).filter { !waited.contains($0) }
        if notes.isEmpty, before.string("phase") != after.string("phase"), let phase = after.string("phase") {
            notes.append("phase \(phase)")
        }
        return notes.joined(separator: "; ")
    }

    /// What went wrong between two statuses: containers that ended with another code than 0, the pod's own failure.
    static func failures(_ before: JSON, _ after: JSON) -> [String] {
        var notes: [String] = []
        if after.string("phase") == "Failed", before.string("phase") != "Failed" {
            let reason = after.string("reason") ?? ""
            let message = after.string("message") ?? ""
            notes.append(["failed", reason, message].filter { !$0.isEmpty }.joined(separator: ": "))
        }
        for list in ["initContainerStatuses", "containerStatuses"] {
            let earlier = Dictionary(
                before.array(list).map { ($0.string("name") ?? "", $0) }, uniquingKeysWith: { first, _ in first })
            for container in after.array(list) {
                let name = container.string("name") ?? ""
                guard let end = termination(container), termination(earlier[name] ?? [:]) != end else { continue }
                let code = end.int("exitCode") ?? 0
                guard code != 0 else { continue }
                let reason = end.string("reason").map { " (\($0))" } ?? ""
                notes.append("container \(name) ended with exit code \(code)\(reason)")
            }
        }
        return notes
    }

    private static func termination(_ container: JSON) -> JSON? {
        var end = container["state"]?["terminated"] ?? container["lastState"]?["terminated"]
        end?["message"] = nil
        return end
    }

    private static func unscheduled(_ status: JSON) -> String? {
        let condition = status.array("conditions").first { $0.string("type") == "PodScheduled" }
        guard condition?.string("status") == "False" else { return nil }
        return condition?.string("message")
    }

    /// Containers that wait for something that went wrong; a start under way is nothing to tell.
    private static func waits(_ status: JSON, withMessages: Bool) -> [String] {
        ["initContainerStatuses", "containerStatuses"].flatMap { status.array($0) }.compactMap { container in
            guard let waiting = container["state"]?["waiting"], let reason = waiting.string("reason"),
                reason != "ContainerCreating", reason != "PodInitializing"
            else { return nil }
            let message = withMessages ? waiting.string("message").map { " (\($0))" } ?? "" : ""
            return "container \(container.string("name") ?? "") waits: \(reason)\(message)"
        }
    }

    /// What keeps a pod from its work: containers that wait, or a readiness that was lost or never came.
    private static func hindrance(_ status: JSON, withMessages: Bool) -> String? {
        let waiting = waits(status, withMessages: withMessages)
        if !waiting.isEmpty { return "why it does not run: \(waiting.joined(separator: "; "))" }
        guard status.string("phase") == "Running",
            let ready = status.array("conditions").first(where: { $0.string("type") == "Ready" }),
            ready.string("status") != "True"
        else { return nil }
        let message = withMessages ? ready.string("message").map { ": \($0)" } ?? "" : ""
        return "why it is not ready\(message)"
    }

    /// The event since which a pod is kept from its work as it is now; messages may count up meanwhile.
    private static func lastHindrance(_ life: [RecordedEvent]) -> (String, RecordedEvent)? {
        var (since, kind): (RecordedEvent?, String?)
        var latest: JSON = [:]
        for event in life {
            guard let status = (try? JSON(parsing: event.event.payload))?["status"] else { continue }
            latest = status
            let now = hindrance(status, withMessages: false)
            if now != kind { (since, kind) = (event, now) }
        }
        guard let since, let question = hindrance(latest, withMessages: true) else { return nil }
        return (question, since)
    }

    private static func conditionNotes(_ before: JSON, _ after: JSON) -> [String] {
        let earlier = Dictionary(
            before.array("conditions").map { ($0.string("type") ?? "", $0.string("status")) },
            uniquingKeysWith: { first, _ in first })
        return after.array("conditions").compactMap { condition in
            let type = condition.string("type") ?? ""
            guard let status = condition.string("status"), earlier[type] != status else { return nil }
            let message = condition.string("message").map { ": \($0)" } ?? ""
            return "\(type) is \(status)\(message)"
        }
    }

    /// What keeps a pod from its work, how it last failed, and where it is or why it found no node.
    static func questions(ofPod life: [RecordedEvent], exists: Bool) -> [(String, RecordedEvent)] {
        var questions: [(String, RecordedEvent)] = []
        if exists, let hindrance = lastHindrance(life) { questions.append(hindrance) }
        if let (note, event) = lastFailure(life) { questions.append(("why: \(note)", event)) }
        if let bound = life.last(where: { $0.event.type == EventCatalogue.podBound }) {
            let node = (try? JSON(parsing: bound.event.payload))?.string("spec", "nodeName") ?? ""
            questions.append(("why it \(exists ? "is" : "was") on \(node)", bound))
        } else if let refused = life.last(where: { verdict($0) != nil }) {
            questions.append(("why it \(exists ? "finds" : "found") no node", refused))
        } else if let created = life.first {
            questions.append(("why it \(exists ? "exists" : "existed")", created))
        }
        return questions
    }

    private static func lastFailure(_ life: [RecordedEvent]) -> (String, RecordedEvent)? {
        var before: JSON = [:]
        var found: (String, RecordedEvent)?
        for event in life {
            guard let status = (try? JSON(parsing: event.event.payload))?["status"] else { continue }
            if let note = failures(before, status).first { found = (note, event) }
            before = status
        }
        return found
    }

    private static func verdict(_ event: RecordedEvent) -> JSON? {
        (try? JSON(parsing: event.event.payload))?["$verdict"]
    }
}
