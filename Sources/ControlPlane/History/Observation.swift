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
        if transition.key.resource == .events { return eventNote(new.object().json) }
        if transition.key.resource == .pods { return transition.old == nil ? "" : podNote(before, after) }
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

    private static func eventNote(_ event: JSON) -> String {
        let count = event.int("count") ?? 1
        let message = firstLine(event.string("message") ?? "")
        return "\(event.string("reason") ?? ""): \(message)\(count > 1 ? " (\(count) times)" : "")"
    }

    /// What went wrong between two statuses: containers that ended with another code than 0, the pod's own failure.
    static func failures(_ before: JSON, _ after: JSON) -> [String] {
        var notes: [String] = []
        for list in ["initContainerStatuses", "containerStatuses"] {
            let earlier = Dictionary(
                before.array(list).map { ($0.string("name") ?? "", $0) }, uniquingKeysWith: { first, _ in first })
            for container in after.array(list) {
                let name = container.string("name") ?? ""
                guard let end = termination(container), termination(earlier[name] ?? [:]) != end else { continue }
                let code = end.int("exitCode") ?? 0
                guard code != 0 else { continue }
                let last = container["state"]?["terminated"] ?? container["lastState"]?["terminated"]
                let words = [end.string("reason"), last?.string("message").map(firstLine)].compactMap(\.self)
                let why = words.filter { !$0.isEmpty }.joined(separator: ": ")
                notes.append("container \(name) ended with exit code \(code)\(why.isEmpty ? "" : " (\(why))")")
            }
        }
        if after.string("phase") == "Failed", before.string("phase") != "Failed" {
            let words = [after.string("reason"), after.string("message")].compactMap(\.self).filter { !$0.isEmpty }
            if !words.isEmpty { notes.insert((["failed"] + words).joined(separator: ": "), at: 0) }
            if notes.isEmpty { notes.append("failed") }
        }
        return notes
    }

    /// A container's last words, or a probe's, may be a whole log.
    static func firstLine(_ text: String) -> String {
        let line = text.drop { $0.isWhitespace }.prefix { !$0.isNewline }
        return line.count > 200 ? line.prefix(197) + "…" : String(line)
    }

    /// How a container ended, but for its last words.
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
    static func waits(_ status: JSON, withMessages: Bool) -> [String] {
        ["initContainerStatuses", "containerStatuses"].flatMap { status.array($0) }.compactMap { container in
            guard let waiting = container["state"]?["waiting"], let reason = waiting.string("reason"),
                reason != "ContainerCreating", reason != "PodInitializing"
            else { return nil }
            let name = container.string("name") ?? ""
            // An image that cannot be pulled is one trouble, tried and waited for in turns.
            guard withMessages else { return "\(name): \(reason == "ErrImagePull" ? "ImagePullBackOff" : reason)" }
            var message = waiting.string("message") ?? ""
            // What follows names the container and the pod again.
            if let rest = message.firstRange(of: " restarting failed container=") {
                message = String(message[..<rest.lowerBound])
            }
            return "container \(name) waits: \(reason)\(message.isEmpty ? "" : " (\(message))")"
        }
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
}
