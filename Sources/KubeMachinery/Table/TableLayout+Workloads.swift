import KubeModel

extension TableLayout {
    private static let templateColumns = [
        TableColumn("Containers", "Names of the template's containers.", wide: true),
        TableColumn("Images", "Images of the template's containers.", wide: true),
        TableColumn("Selector", "Which pods belong to the object.", wide: true),
    ]

    static let replicaSets = TableLayout(
        columns: [
            .objectName,
            TableColumn("Desired", "Pods that should run.", kind: .integer),
            TableColumn("Current", "Pods that exist.", kind: .integer),
            TableColumn("Ready", "Pods that are ready.", kind: .integer),
            .age,
        ] + templateColumns
    ) { object, now in
        [
            .string(object.name), .count(object.json.int("spec", "replicas")),
            .count(object.json.int("status", "replicas")), .count(object.json.int("status", "readyReplicas")),
            object.ageCell(now),
        ] + templateCells(object)
    }

    static let deployments = TableLayout(
        columns: [
            .objectName,
            TableColumn("Ready", "Pods that are ready, of all that should be."),
            TableColumn("Up-to-date", "Pods that run the current template."),
            TableColumn("Available", "Pods that have been ready for at least minReadySeconds."),
            .age,
        ] + templateColumns
    ) { object, now in
        let ready = object.json.int("status", "readyReplicas") ?? 0
        return [
            .string(object.name), .string("\(ready)/\(object.json.int("spec", "replicas") ?? 0)"),
            .count(object.json.int("status", "updatedReplicas")),
            .count(object.json.int("status", "availableReplicas")), object.ageCell(now),
        ] + templateCells(object)
    }

    private static func templateCells(_ object: KubeObject) -> [JSON] {
        let containers = object.json.array("spec", "template", "spec", "containers")
        return [
            .string(containers.compactMap { $0.string("name") }.joined(separator: ",")),
            .string(containers.compactMap { $0.string("image") }.joined(separator: ",")),
            .string(selectorText(object.json["spec"]?["selector"])),
        ]
    }

    /// A label selector as `kubectl get -l` takes it; `<none>` for one that selects nothing in particular.
    static func selectorText(_ selector: JSON?) -> String {
        guard let selector else { return "<none>" }
        var parts: [String] = selector.stringMap("matchLabels").map { "\($0.key)=\($0.value)" }
        for expression in selector.array("matchExpressions") {
            let key = expression.string("key") ?? ""
            let values = expression.array("values").compactMap(\.stringValue).sorted().joined(separator: ",")
            switch expression.string("operator") {
            case "In": parts.append("\(key) in (\(values))")
            case "NotIn": parts.append("\(key) notin (\(values))")
            case "Exists": parts.append(key)
            default: parts.append("!\(key)")
            }
        }
        return parts.isEmpty ? "<none>" : parts.sorted().joined(separator: ",")
    }
}
