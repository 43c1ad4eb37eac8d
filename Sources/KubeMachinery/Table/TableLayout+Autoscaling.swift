import KubeModel

extension TableLayout {
    static let horizontalPodAutoscalers = TableLayout(
        columns: [
            .objectName,
            TableColumn("Reference", "The workload that is scaled."),
            TableColumn("Targets", "What each metric is, and what it should be."),
            TableColumn("MinPods", "The fewest pods that may run."),
            TableColumn("MaxPods", "The most pods that may run.", kind: .integer),
            TableColumn("Replicas", "Pods that the workload has.", kind: .integer),
            .age,
        ]
    ) { object, now in
        let reference = object.spec["scaleTargetRef"] ?? [:]
        return [
            .string(object.name),
            .string("\(reference.string("kind") ?? "")/\(reference.string("name") ?? "")"),
            .string(metricsText(object)),
            .string(object.spec.int("minReplicas").map(String.init) ?? "<unset>"),
            .count(object.spec.int("maxReplicas")), .count(object.status.int("currentReplicas")),
            object.ageCell(now),
        ]
    }

    private static let shownMetrics = 2

    private static func metricsText(_ object: KubeObject) -> String {
        let current = object.status.array("currentMetrics")
        let texts = object.spec.array("metrics").enumerated().map { index, metric in
            metricText(metric, index < current.count ? current[index] : [:])
        }
        guard !texts.isEmpty else { return "<none>" }
        let more = texts.count > shownMetrics ? " + \(texts.count - shownMetrics) more..." : ""
        return texts.prefix(shownMetrics).joined(separator: ", ") + more
    }

    /// The statuses are in the order of the metrics; one that is of another type says nothing of this metric.
    private static func metricText(_ metric: JSON, _ status: JSON) -> String {
        let type = metric.string("type") ?? ""
        let member = type.prefix(1).lowercased() + type.dropFirst()
        let target = metric[member]?["target"] ?? [:]
        let current = status.string("type") == type ? status[member]?["current"] ?? [:] : [:]
        func percent(_ value: JSON) -> String? { value.int("averageUtilization").map { "\($0)%" } }
        func text(_ value: JSON, _ name: String) -> String? { value[name].map { $0.stringValue ?? $0.canonicalText } }
        let prefix =
            type == "Resource" || type == "ContainerResource" ? "\(metric[member]?.string("name") ?? ""): " : ""
        if let wanted = percent(target) { return "\(prefix)\(percent(current) ?? "<unknown>")/\(wanted)" }
        if let wanted = text(target, "averageValue") {
            let average = prefix.isEmpty && type != "Pods" ? " (avg)" : ""
            return "\(prefix)\(text(current, "averageValue") ?? "<unknown>")/\(wanted)\(average)"
        }
        return "\(prefix)\(text(current, "value") ?? "<unknown>")/\(text(target, "value") ?? "<auto>")"
    }
}
