import KubeModel

extension TableLayout {
    static let namespaces = TableLayout(
        columns: [.objectName, TableColumn("Status", "Whether the namespace is active or being removed."), .age]
    ) { object, now in
        [.string(object.name), .string(object.json.string("status", "phase") ?? ""), object.ageCell(now)]
    }

    static let nodes = TableLayout(
        columns: [
            .objectName,
            TableColumn("Status", "Whether the node is ready and takes pods."),
            TableColumn("Roles", "Roles from the node's labels."),
            .age,
            TableColumn("Version", "Version that the node's agent reports."),
            TableColumn("Internal-IP", "Address within the cluster.", wide: true),
            TableColumn("External-IP", "Address outside of the cluster.", wide: true),
            TableColumn("OS-Image", "Operating system.", wide: true),
            TableColumn("Kernel-Version", "Linux kernel.", wide: true),
            TableColumn("Container-Runtime", "Runtime with its version.", wide: true),
        ]
    ) { object, now in
        let system = object.json["status"]?["nodeInfo"] ?? [:]
        func known(_ field: String) -> JSON {
            .string(system.string(field).flatMap { $0.isEmpty ? nil : $0 } ?? "<unknown>")
        }
        return [
            .string(object.name), .string(nodeStatus(object)), .string(nodeRoles(object)), object.ageCell(now),
            .string(system.string("kubeletVersion") ?? ""), address(object, "InternalIP"),
            address(object, "ExternalIP"), known("osImage"), known("kernelVersion"), known("containerRuntimeVersion"),
        ]
    }

    private static func nodeStatus(_ node: KubeObject) -> String {
        let status =
            switch node.condition("Ready")?.string("status") {
            case nil: "Unknown"
            case "True": "Ready"
            default: "NotReady"
            }
        return node.json.bool("spec", "unschedulable") == true ? status + ",SchedulingDisabled" : status
    }

    private static func nodeRoles(_ node: KubeObject) -> String {
        let prefix = "node-role.kubernetes.io/"
        let roles = node.labels.compactMap { key, value in
            if key.hasPrefix(prefix), key.count > prefix.count { return String(key.dropFirst(prefix.count)) }
            return key == "kubernetes.io/role" && !value.isEmpty ? value : nil
        }
        return roles.isEmpty ? "<none>" : Set(roles).sorted().joined(separator: ",")
    }

    private static func address(_ node: KubeObject, _ type: String) -> JSON {
        .textOrNone(
            node.json.array("status", "addresses").first { $0.string("type") == type }?.string("address"))
    }

    static let leases = TableLayout(
        columns: [.objectName, TableColumn("Holder", "Who holds the lease."), .age]
    ) { object, now in
        [.string(object.name), .string(object.json.string("spec", "holderIdentity") ?? ""), object.ageCell(now)]
    }

    static let serviceAccounts = TableLayout(
        columns: [.objectName, TableColumn("Secrets", "Secrets that its pods may mount."), .age]
    ) { object, now in
        [.string(object.name), .int(Int64(object.json.array("secrets").count)), object.ageCell(now)]
    }

    static let configMaps = TableLayout(
        columns: [.objectName, TableColumn("Data", "Number of entries."), .age]
    ) { object, now in
        let entries = object.json.object("data").count + object.json.object("binaryData").count
        return [.string(object.name), .int(Int64(entries)), object.ageCell(now)]
    }

    static let secrets = TableLayout(
        columns: [
            .objectName, TableColumn("Type", "What the secret is for."), TableColumn("Data", "Number of entries."),
            .age,
        ]
    ) { object, now in
        [
            .string(object.name), .string(object.json.string("type") ?? ""),
            .int(Int64(object.json.object("data").count)), object.ageCell(now),
        ]
    }

    static let events = TableLayout(
        columns: [
            TableColumn("Last Seen", "Time since it was seen last."),
            TableColumn("Type", "Normal or Warning."),
            TableColumn("Reason", "What happened, in one word."),
            TableColumn("Object", "What it happened to."),
            TableColumn("Subobject", "Which part of that object.", wide: true),
            TableColumn("Source", "Who reports it.", wide: true),
            TableColumn("Message", "What happened, for a person."),
            TableColumn("First Seen", "Time since it was seen first.", wide: true),
            TableColumn("Count", "How often it was seen.", wide: true),
            TableColumn("Name", "Name of the event object.", format: "name", wide: true),
        ],
        cells: eventCells)

    /// Reads both forms of an Event, that of the core group and that of `events.k8s.io`.
    private static func eventCells(_ event: KubeObject, _ now: Timestamp) -> [JSON] {
        let json = event.json
        let observed = json.string("eventTime")
        let first = json.string("firstTimestamp") ?? json.string("deprecatedFirstTimestamp") ?? observed
        let last =
            json.string("series", "lastObservedTime") ?? json.string("lastTimestamp")
            ?? json.string("deprecatedLastTimestamp") ?? first
        let count = json.int("series", "count") ?? json.int("count") ?? json.int("deprecatedCount") ?? 1
        let subject = json["involvedObject"] ?? json["regarding"] ?? [:]
        let kind = (subject.string("kind") ?? "").lowercased()
        let name = subject.string("name").flatMap { $0.isEmpty ? nil : "/\($0)" } ?? ""
        let source = json["source"] ?? json["deprecatedSource"] ?? [:]
        let component =
            source.string("component") ?? json.string("reportingComponent")
            ?? json.string("reportingController") ?? ""
        let host = source.string("host") ?? json.string("reportingInstance") ?? ""
        return [
            .string(ShortDuration.age(last, now: now)), .string(json.string("type") ?? ""),
            .string(json.string("reason") ?? ""), .string(kind + name),
            .string(subject.string("fieldPath") ?? ""),
            .string([component, host].filter { !$0.isEmpty }.joined(separator: ", ")),
            .string(trimmed(json.string("message") ?? json.string("note") ?? "")),
            .string(ShortDuration.age(first, now: now)), .int(max(1, count)), .string(event.name),
        ]
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text.drop(while: \.isWhitespace))
    }
}
