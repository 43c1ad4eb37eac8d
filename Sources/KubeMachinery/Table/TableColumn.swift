import KubeModel

/// One column of a table (`metav1.TableColumnDefinition`).
struct TableColumn: Sendable {
    enum Kind: String { case string, integer, number, boolean, date }

    let name: String
    var kind: Kind = .string
    /// `name` for the column that names the object.
    var format = ""
    /// 0 is always shown, 1 with `-o wide`.
    var priority: Int64 = 0
    let description: String

    init(_ name: String, _ description: String, kind: Kind = .string, format: String = "", wide: Bool = false) {
        (self.name, self.kind, self.format, self.description) = (name, kind, format, description)
        priority = wide ? 1 : 0
    }

    /// A column of a custom resource.
    init(_ name: String, _ description: String, type: String, format: String, priority: Int64) {
        (self.name, self.description, self.format, self.priority) = (name, description, format, priority)
        kind = Kind(rawValue: type) ?? .string
    }

    static let objectName = TableColumn("Name", "Name of the object, unique in its namespace and kind.", format: "name")
    static let age = TableColumn("Age", "Time since the object was created.")

    var json: JSON {
        [
            "name": .string(name), "type": .string(kind.rawValue), "format": .string(format),
            "description": .string(description), "priority": .int(priority),
        ]
    }
}

/// How one kind is printed: its columns, and a row's cells in their order.
struct TableLayout: Sendable {
    let columns: [TableColumn]
    let cells: @Sendable (KubeObject, Timestamp) -> [JSON]
    /// `TableRow.conditions`; most kinds have none.
    var conditions: @Sendable (KubeObject) -> [JSON] = { _ in [] }

    /// Name and age, for kinds without columns of their own.
    static let generic = TableLayout(columns: [.objectName, .age]) { object, now in
        [.string(object.name), object.ageCell(now)]
    }

    static func layout(of type: ResourceType) -> TableLayout {
        type.custom?.layout ?? layout(of: type.groupResource)
    }

    /// - Parameter resource: the plural with its group, one of Purser's own.
    static func layout(of resource: GroupResource) -> TableLayout { known[resource] ?? generic }

    private static let known: [GroupResource: TableLayout] = [
        .pods: .pods, .replicaSets: .replicaSets, .deployments: .deployments, .services: .services,
        .endpointSlices: .endpointSlices, .configMaps: .configMaps, .secrets: .secrets, .events: .events,
        GroupResource("events.events.k8s.io"): .events,
        .serviceAccounts: .serviceAccounts, .leases: .leases, .namespaces: .namespaces, .nodes: .nodes,
        .customResourceDefinitions: .definitions, .horizontalPodAutoscalers: .horizontalPodAutoscalers,
    ]
}

extension KubeObject {
    func ageCell(_ now: Timestamp) -> JSON {
        .string(ShortDuration.age(json.string("metadata", "creationTimestamp"), now: now))
    }
}

extension JSON {
    /// The string, or `<none>` where it is absent or empty.
    static func textOrNone(_ text: String?) -> JSON { .string(text.flatMap { $0.isEmpty ? nil : $0 } ?? "<none>") }
    /// A count that may be absent.
    static func count(_ value: Int64?) -> JSON { .int(value ?? 0) }
}
