import Domain
import EventLog
import KubeModel

extension Observation {
    /// What keeps a pod from its work, how it last failed, and where it is or why it found no node.
    static func questions(ofPod life: [RecordedEvent], _ warnings: [PodWarning], exists: Bool) -> [(String, Position)] {
        var questions: [(String, Position)] = []
        var failure = lastFailure(life, warnings)
        if exists, let hindrance = lastHindrance(life, warnings) {
            // What a container waits for after it failed follows from that: one answer says both.
            if let last = failure, hindrance.followsFailure || hindrance.isWaiting && last.position >= hindrance.since {
                questions.append((hindrance.question + (last.probe.map { "; \($0)" } ?? ""), last.position))
                failure = nil
            } else {
                questions.append((hindrance.question, hindrance.start))
            }
        }
        if let failure {
            questions.append(("why: \(failure.note)\(failure.probe.map { "; \($0)" } ?? "")", failure.position))
        }
        questions.append(contentsOf: placement(life, exists: exists))
        return questions
    }

    private static func placement(_ life: [RecordedEvent], exists: Bool) -> [(String, Position)] {
        if let bound = life.last(where: { $0.event.type == EventCatalogue.podBound }) {
            let node = (try? JSON(parsing: bound.event.payload))?.string("spec", "nodeName") ?? ""
            return [("why it \(exists ? "is" : "was") on \(node)", bound.position)]
        }
        if let refused = life.last(where: { verdict($0) != nil }) {
            return [("why it \(exists ? "finds" : "found") no node", refused.position)]
        }
        guard let created = life.first else { return [] }
        if exists, let waiting = unplaced(life) { return [("why it has no node: \(waiting)", created.position)] }
        return [("why it \(exists ? "exists" : "existed")", created.position)]
    }

    /// Why the scheduler has not even tried to place a pod, where that is so.
    private static func unplaced(_ life: [RecordedEvent]) -> String? {
        let spec = life.lazy.reversed().compactMap { (try? JSON(parsing: $0.event.payload))?["spec"] }.first
        guard let spec, spec.string("nodeName") == nil else { return nil }
        let gates = spec.array("schedulingGates").compactMap { $0.string("name") }
        if !gates.isEmpty { return "its scheduling gates are not opened: \(gates.joined(separator: ", "))" }
        guard let scheduler = spec.string("schedulerName"), scheduler != "default-scheduler" else { return nil }
        return "it asks for the scheduler \(scheduler), which has not placed it"
    }

    private static func verdict(_ event: RecordedEvent) -> JSON? {
        (try? JSON(parsing: event.event.payload))?["$verdict"]
    }

    // MARK: What went wrong

    private struct Failure {
        var note: String
        var position: Position
        /// The probe for which the container was ended, where one was.
        var probe: String?
    }

    /// How a pod last failed before its end was asked for: how containers end then is no failure.
    private static func lastFailure(_ life: [RecordedEvent], _ warnings: [PodWarning]) -> Failure? {
        var before: JSON = [:]
        var found: (notes: [String], event: RecordedEvent)?
        for event in life {
            if event.event.type.hasSuffix(EventCatalogue.Suffix.deletionRequested.rawValue) { break }
            guard let status = (try? JSON(parsing: event.event.payload))?["status"] else { continue }
            let notes = failures(before, status)
            if !notes.isEmpty { found = (notes, event) }
            before = status
        }
        return found.map { notes, event in
            let probe = warnings.last { warning in
                warning.reason == "Unhealthy" && !warning.message.hasPrefix("Readiness")
                    && warning.lastSeen.seconds(since: event.recordedAt) > -longestGrace
                    && notes.contains { $0.hasPrefix("container \(warning.container) ended") && isKilled($0) }
            }
            return Failure(
                note: notes.joined(separator: "; "), position: event.position, probe: probe?.message)
        }
    }

    /// Seconds from a failed probe to the end of a container that takes its time, as most are given.
    private static let longestGrace: Double = 60

    private static func isKilled(_ note: String) -> Bool {
        ["exit code 137 (Error", "exit code 143 (Error"].contains { note.contains($0) }
    }

    // MARK: What keeps a pod from its work

    private struct Hindrance {
        var question: String
        var isWaiting = false
        /// Where a container waits to be started again after it failed.
        var followsFailure = false
        var since: Position
        /// Where the chain begins: the Warning that tells more than the status, or `since`.
        var start: Position
    }

    /// A hindrance without what changes while it lasts; nil where there is none.
    private static func kind(_ status: JSON) -> String? {
        let waiting = waits(status, withMessages: false)
        if !waiting.isEmpty { return waiting.joined(separator: ";") }
        return unready(status) == nil ? nil : "unready"
    }

    private static func unready(_ status: JSON) -> JSON? {
        guard status.string("phase") == "Running" else { return nil }
        return status.array("conditions").first { $0.string("type") == "Ready" && $0.string("status") != "True" }
    }

    /// What keeps a pod from its work now, and since when.
    private static func lastHindrance(_ life: [RecordedEvent], _ warnings: [PodWarning]) -> Hindrance? {
        var (since, current): (RecordedEvent?, String?)
        var status: JSON = [:]
        for event in life {
            guard let now = (try? JSON(parsing: event.event.payload))?["status"] else { continue }
            status = now
            if kind(now) != current { (since, current) = (event, kind(now)) }
        }
        guard let since, current != nil else { return slowStart(life, status, warnings) }
        let waiting = waits(status, withMessages: true)
        guard waiting.isEmpty else {
            let question = "why it does not run: \(waiting.joined(separator: "; "))"
            return Hindrance(
                question: question, isWaiting: true, followsFailure: question.contains("CrashLoopBackOff"),
                since: since.position, start: since.position)
        }
        let probe = warnings.last { warning in
            warning.reason == "Unhealthy" && warning.lastSeen.seconds(since: since.recordedAt) > -longestGrace
        }
        let words = [unready(status)?.string("message"), probe?.message].compactMap(\.self)
        return Hindrance(
            question: (["why it is not ready"] + [words.joined(separator: "; ")].filter { !$0.isEmpty }).joined(
                separator: ": "),
            since: since.position, start: probe?.position ?? since.position)
    }

    /// A pod that has a node and does not start: its status says nothing of why, a Warning of its node does.
    private static func slowStart(_ life: [RecordedEvent], _ status: JSON, _ warnings: [PodWarning]) -> Hindrance? {
        // Behind what the status told last; what was warned of before that is over.
        let told = life.last { (try? JSON(parsing: $0.event.payload))?["status"] != nil }
        guard status.string("phase") == "Pending", let created = life.first, let told,
            let warning = warnings.last(where: { !["FailedScheduling", "BackOff", "Failed"].contains($0.reason) }),
            warning.position > told.position
        else { return nil }
        return Hindrance(
            question: "why it does not start: \(warning.message)", since: created.position, start: warning.position)
    }

    // MARK: Other objects

    /// What an object should be, and what it should not be, in the words of its conditions.
    private static let wanted: Set<String> = [
        "Available", "Ready", "Progressing", "ScalingActive", "AbleToScale", "Established", "NamesAccepted",
    ]
    private static let unwanted: Set<String> = [
        "ReplicaFailure", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable",
    ]

    /// The conditions that an object is in and should not be, each with the event since which.
    static func troubles(_ life: [RecordedEvent]) -> [(String, Position)] {
        var since: [String: (status: String, position: Position)] = [:]
        var latest: [JSON] = []
        for event in life {
            guard let status = (try? JSON(parsing: event.event.payload))?["status"] else { continue }
            latest = status.array("conditions")
            for condition in latest {
                guard let type = condition.string("type"), let value = condition.string("status") else { continue }
                if since[type]?.status != value { since[type] = (value, event.position) }
            }
        }
        return latest.compactMap { condition in
            guard let type = condition.string("type"), let value = condition.string("status"),
                wanted.contains(type) && value != "True" || unwanted.contains(type) && value == "True",
                let position = since[type]?.position
            else { return nil }
            let message = condition.string("message").map { ": \($0)" } ?? ""
            return ("why \(type) is \(value)\(message)", position)
        }
    }
}
