import KubeModel

/// What happened in an incident, told apart by who or what did it.
enum Timeline {
    enum Lane: String, CaseIterable, Sendable {
        case people, rollOuts = "roll-outs", scheduling, restarts, outOfMemory = "OOM kills", warnings, nodes, refusals
    }

    struct Entry: Sendable, Hashable {
        var position: Int64
        /// RFC 3339 with microseconds, as the log has it.
        var time: String
        var lane: Lane
        /// `pods/shop/web-1`
        var object: String
        var text: String
        /// What two events tell of the same occurrence have in common; empty for what is told once.
        var occurrence = ""
        /// The Kubernetes Event that counts how often it happens; empty for what is not counted.
        var series = ""

        var json: JSON {
            [
                "position": .int(position), "recordedAt": .string(time), "lane": .string(lane.rawValue),
                "object": .string(object), "text": .string(text),
            ]
        }
    }

    /// Entries in the order of the log, each occurrence once. What happens again is told with the words of the first
    /// time, and left out where those are not among the entries.
    static func merged(_ entries: [Entry]) -> [Entry] {
        var seen: Set<String> = []
        var first: [String: Entry] = [:]
        return entries.sorted { $0.position < $1.position }.compactMap { entry -> Entry? in
            guard entry.occurrence.isEmpty || seen.insert(entry.occurrence).inserted else { return nil }
            guard entry.text.isEmpty else {
                if !entry.series.isEmpty { first[entry.series] = entry }
                return entry
            }
            guard var again = first[entry.series] else { return nil }
            (again.position, again.time) = (entry.position, entry.time)
            return again
        }
    }

    /// What one event of `purser history` means; mostly nothing.
    static func entries(_ item: JSON) -> [Entry] {
        let event = HistoryEvent(item)
        if event.type == "CallRefused" { return refusal(event) }
        if event.resource == "\(GroupResource.events)" { return kubeEvent(event) }
        if event.isOfPerson { return [person(event)] }
        return rollOut(event) + scheduling(event) + containers(event) + failedPod(event) + node(event)
    }

    /// Looking for what is not there is how clients find out what to make: no refusal.
    private static func refusal(_ event: HistoryEvent) -> [Entry] {
        let code = event.payload.int("code") ?? 0
        guard code != 404 || !["get", "list", "watch"].contains(event.verb) else { return [] }
        let count = event.payload.int("count").map { " (\($0) times)" } ?? ""
        let message = event.payload.string("message") ?? event.payload.string("reason") ?? ""
        let word = code == 401 || code == 403 ? "may not" : "could not"
        return [event.entry(.refusals, "\(event.caller) \(word) \(event.verb) \(event.stream)\(count): \(message)")]
    }

    private static func person(_ event: HistoryEvent) -> Entry {
        let rest = event.changes.count > 1 ? " (and \(event.changes.count - 1) more)" : ""
        let told = event.changes.first { ($0.string("path") ?? "").hasPrefix("spec") } ?? event.changes.first
        let isWhole = told?.string("path") ?? "" == "" || event.asksForEnd
        let change = isWhole ? "" : told.map { ": \(History.change($0))\(rest)" } ?? ""
        return event.entry(.people, "\(event.caller) \(event.did) \(event.shortObject)\(change)")
    }

    private static func rollOut(_ event: HistoryEvent) -> [Entry] {
        if event.type == "TrafficSwitched" {
            let side = event.payload.string("status", "blueGreen", "activeHash") ?? ""
            return [event.entry(.rollOuts, "traffic of \(event.shortObject) goes to \(side)")]
        }
        switch event.resource {
        case "\(GroupResource.replicaSets)":
            if event.type == "ReplicaSetCreated" { return [event.entry(.rollOuts, "\(event.shortObject) is new")] }
            return event.changes(at: "spec.replicas").map { old, new in
                event.entry(.rollOuts, "\(event.shortObject) scaled from \(old) to \(new)")
            }
        case "\(GroupResource.deployments)":
            return event.changes(at: "status.conditions[type=Progressing].reason").compactMap { _, reason in
                let words = [
                    "NewReplicaSetAvailable": "is rolled out", "ProgressDeadlineExceeded": "makes no progress",
                ]
                return words[reason].map { event.entry(.rollOuts, "\(event.shortObject) \($0)") }
            }
        default: return []
        }
    }

    private static func scheduling(_ event: HistoryEvent) -> [Entry] {
        guard event.resource == "\(GroupResource.pods)" else { return [] }
        if event.type == "PodBound" {
            return [
                event.entry(.scheduling, "\(event.shortObject) to \(event.payload.string("spec", "nodeName") ?? "?")")
            ]
        }
        return event.changes(at: "status.reason").filter { evictions.contains($0.new) }.map {
            event.entry(.scheduling, "\(event.shortObject) was \($0.new.lowercased())")
        }
    }

    private static func containers(_ event: HistoryEvent) -> [Entry] {
        guard event.resource == "\(GroupResource.pods)" else { return [] }
        return event.payload.array("status", "containerStatuses").flatMap { status -> [Entry] in
            let name = status.string("name") ?? ""
            let path = "status.containerStatuses[name=\(name)]"
            guard event.changes.contains(where: { ($0.string("path") ?? "").hasPrefix(path) }) else { return [] }
            let pod = "\(event.shortObject)/\(name)"
            var entries: [Entry] = []
            for state in ["state", "lastState"] {
                guard let end = status[state]?["terminated"], end.string("reason") == "OOMKilled" else { continue }
                let moment = end.string("containerID") ?? end.string("finishedAt") ?? ""
                var entry = event.entry(.outOfMemory, "\(pod) was killed: out of memory")
                entry.occurrence = "oom \(event.stream)/\(name) \(moment)"
                entries.append(entry)
            }
            for (old, new) in event.changes(at: "\(path).restartCount") where Int(old) ?? 0 < Int(new) ?? 0 {
                let why = status["lastState"]?["terminated"].map { ": \(Self.end($0))" } ?? ""
                entries.append(event.entry(.restarts, "\(pod) restarted (\(new))\(why)"))
            }
            return entries
        }
    }

    /// Pods that end badly and are not started again.
    private static func failedPod(_ event: HistoryEvent) -> [Entry] {
        guard event.resource == "\(GroupResource.pods)", event.after("status.phase") == "Failed",
            event.after("status.reason").map({ evictions.contains($0) }) != true
        else { return [] }
        let ends = event.payload.array("status", "containerStatuses").compactMap { $0["state"]?["terminated"] }
        let end = ends.first { $0.int("exitCode") ?? 0 != 0 }.map(Self.end)
        let why = event.after("status.message") ?? event.after("status.reason") ?? end
        return [event.entry(.warnings, "\(event.shortObject) failed\(why.map { ": \($0)" } ?? "")")]
    }

    private static let evictions: Set<String> = ["Evicted", "Preempted"]

    /// `Error, exit code 1`
    private static func end(_ terminated: JSON) -> String {
        "\(terminated.string("reason") ?? "ended"), exit code \(terminated.int("exitCode") ?? 0)"
    }

    private static func node(_ event: HistoryEvent) -> [Entry] {
        guard event.resource == "\(GroupResource.nodes)" else { return [] }
        if event.type == "NodeCreated" { return [event.entry(.nodes, "\(event.shortObject) joined")] }
        if event.type == "NodeDeleted" { return [event.entry(.nodes, "\(event.shortObject) was removed")] }
        return event.changes(at: "status.conditions[type=Ready].status").map { _, new in
            let word = new == "True" ? "is ready" : new == "Unknown" ? "no longer reports" : "is not ready"
            return event.entry(.nodes, "\(event.shortObject) \(word)")
        }
    }

    /// Kubernetes Events of type Warning, and others that tell what no object's status does.
    private static func kubeEvent(_ event: HistoryEvent) -> [Entry] {
        guard event.type == "EventCreated" || event.type == "EventUpdated" else { return [] }
        var entry = event.entry(.warnings, "")
        entry.series = event.stream
        if let reason = event.after("reason") ?? event.payload.string("reason") {
            let message = event.payload.string("message") ?? reason
            guard let lane = lane(reason: reason, isWarning: event.payload.string("type") == "Warning", message) else {
                return []
            }
            let about = event.payload["involvedObject"] ?? [:]
            entry.lane = lane
            entry.text = "\(about.string("kind")?.lowercased() ?? "object")/\(about.string("name") ?? ""): \(message)"
        }
        return [entry]
    }

    private static func lane(reason: String, isWarning: Bool, _ message: String) -> Lane? {
        switch reason {
        case "FailedScheduling", "Preempted", "Evicted", "TaintManagerEviction": .scheduling
        case "NodeNotReady": .nodes
        case "BlueGreenRefused": .rollOuts
        // The restarts and the failure that it waits for are told themselves.
        case "BackOff": nil
        case "Failed" where ["Error: ErrImagePull", "Error: ImagePullBackOff"].contains(message): nil
        default: isWarning ? .warnings : nil
        }
    }
}

/// One item of `purser history`, by the names that the timeline asks for.
private struct HistoryEvent {
    let item: JSON
    let type: String
    let stream: String
    let resource: String
    let caller: String
    let changes: [JSON]
    let payload: JSON

    init(_ item: JSON) {
        self.item = item
        type = item.string("type") ?? ""
        stream = item.string("stream") ?? ""
        resource = stream.split(separator: "/").first.map(String.init) ?? ""
        caller = item.string("caller", "subject") ?? "unknown"
        changes = item.array("changes")
        payload = item["payload"] ?? [:]
    }

    var verb: String { item.string("caller", "verb") ?? "" }

    /// Agents, controllers and the scheduler are called `system:…`.
    var isOfPerson: Bool { !caller.hasPrefix("system:") && item.int("revision") ?? 0 > 0 }

    /// `deployments/web`, without the group and the namespace.
    var shortObject: String {
        let name = stream.split(separator: "/").last.map(String.init) ?? ""
        return "\(GroupResource(resource).resource)/\(name)"
    }

    /// What it sets is when the object ends, which its verb says.
    var asksForEnd: Bool { type.hasSuffix("DeletionRequested") }

    /// The event's type as a verb.
    var did: String {
        if asksForEnd, after("status.conditions[type=DisruptionTarget]") != nil { return "evicts" }
        let words = [
            ("RolledBack", "rolled back"), ("DeletionRequested", "deletes"), ("StatusChanged", "changed the status of"),
            ("Created", "created"), ("Scaled", "scaled"), ("Deleted", "deleted"),
        ]
        return words.first { type.hasSuffix($0.0) }?.1 ?? "changed"
    }

    func entry(_ lane: Timeline.Lane, _ text: String) -> Timeline.Entry {
        Timeline.Entry(
            position: item.int("position") ?? 0, time: item.string("recordedAt") ?? "", lane: lane, object: stream,
            text: text)
    }

    /// Both sides of the change at a path, where there is one.
    func changes(at path: String) -> [(old: String, new: String)] {
        changes.filter { $0.string("path") == path }.map { change in
            func side(_ name: String) -> String { change[name].map(Output.cell) ?? "" }
            return (side("old"), side("new"))
        }
    }

    func after(_ path: String) -> String? { changes(at: path).first?.new }
}
