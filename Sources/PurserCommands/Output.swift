import ArgumentParser
import KubeClient
import KubeModel
import KubeYAML

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, wide, json, yaml, name
}

/// The one place where results become text.
enum Output {
    /// Columns two or more spaces apart, without trailing blanks. Empty rows give an empty text.
    static func table(_ columns: [String], _ rows: [[String]], showsHeader: Bool = true) -> String {
        let lines = (showsHeader ? [columns] : []) + rows
        var widths = columns.map { _ in 0 }
        for line in lines { for (index, cell) in line.enumerated() { widths[index] = max(widths[index], cell.count) } }
        return lines.map { line in
            var text = ""
            for (index, cell) in line.enumerated() {
                text += cell
                if index < line.count - 1 { text += String(repeating: " ", count: widths[index] - cell.count + 3) }
            }
            while text.last == " " { text.removeLast() }
            return text + "\n"
        }.joined()
    }

    /// A `meta.k8s.io/v1` Table. `wide` shows the columns of lower priority too.
    static func table(
        _ table: JSON, wide: Bool, showsNamespace: Bool = false, showsLabels: Bool = false, showsHeader: Bool = true
    ) -> String {
        let definitions = table.array("columnDefinitions")
        let shown = definitions.indices.filter { wide || definitions[$0].int("priority") ?? 0 == 0 }
        var columns = shown.map { definitions[$0].string("name")?.uppercased() ?? "" }
        if showsNamespace { columns.insert("NAMESPACE", at: 0) }
        if showsLabels { columns.append("LABELS") }
        let rows = table.array("rows").map { row in
            let cells = row.array("cells")
            var texts = shown.map { $0 < cells.count ? cell(cells[$0]) : "" }
            if showsNamespace { texts.insert(row.string("object", "metadata", "namespace") ?? "", at: 0) }
            if showsLabels { texts.append(labels(row["object"] ?? [:])) }
            return texts
        }
        return Self.table(columns, rows, showsHeader: showsHeader)
    }

    static func cell(_ value: JSON) -> String {
        switch value {
        case .null: "<none>"
        case .string(let text): text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " ")
        case .array(let values): values.map(cell).joined(separator: ",")
        default: value.canonicalText
        }
    }

    static func labels(_ object: JSON) -> String {
        let labels = object.object("metadata", "labels")
        return labels.isEmpty
            ? "<none>" : labels.map { "\($0.key)=\($0.value.stringValue ?? "")" }.joined(separator: ",")
    }

    /// JSON with two-space indentation.
    static func json(_ value: JSON) -> String {
        var text = ""
        pretty(value, indent: 0, into: &text)
        return text + "\n"
    }

    private static func pretty(_ value: JSON, indent: Int, into text: inout String) {
        let inner = String(repeating: " ", count: indent + 4)
        let outer = String(repeating: " ", count: indent)
        switch value {
        case .object(let object) where !object.isEmpty:
            text += "{\n"
            for (index, member) in object.enumerated() {
                text += "\(index > 0 ? ",\n" : "")\(inner)\(JSON.string(member.key).canonicalText): "
                pretty(member.value, indent: indent + 4, into: &text)
            }
            text += "\n\(outer)}"
        case .array(let elements) where !elements.isEmpty:
            text += "[\n"
            for (index, element) in elements.enumerated() {
                text += "\(index > 0 ? ",\n" : "")\(inner)"
                pretty(element, indent: indent + 4, into: &text)
            }
            text += "\n\(outer)]"
        default: text += value.canonicalText
        }
    }

    /// Shows a result: as it is in a machine's format, or as text for people.
    static func show(_ result: JSON, _ format: OutputFormat, text: (JSON) -> String) {
        switch format {
        case .json: Console.write(json(result))
        case .yaml: Console.write(YAML.text(result))
        case .table, .wide, .name: Console.write(text(result))
        }
    }

    /// Objects in a machine's format: one as itself, several as a List.
    /// - Parameter resourceVersion: the position that all of them are of; empty where they were read one by one.
    static func objects(
        _ objects: [JSON], _ format: OutputFormat, isList: Bool, resourceVersion: String = ""
    ) -> String {
        let value: JSON =
            !isList && objects.count == 1
            ? objects[0]
            : [
                "apiVersion": "v1", "kind": "List", "metadata": ["resourceVersion": .string(resourceVersion)],
                "items": .array(objects),
            ]
        return format == .yaml ? YAML.text(value) : json(value)
    }

    /// A byte count in the largest binary unit that keeps it at least 1: `12.5Mi`.
    static func bytes(_ count: Int64) -> String {
        var value = Double(count)
        for unit in ["", "Ki", "Mi", "Gi", "Ti"] {
            if value < 1024 || unit == "Ti" { return unit.isEmpty ? "\(count)" : "\(decimal(value, 1))\(unit)" }
            value /= 1024
        }
        return "\(count)"
    }

    /// A number with so many decimals, rounded half away from zero.
    static func decimal(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int64((abs(value) * scale).rounded())
        let whole = scaled / Int64(scale)
        guard places > 0 else { return "\(value < 0 && scaled > 0 ? "-" : "")\(whole)" }
        let fraction = String(scaled % Int64(scale))
        let padded = String(repeating: "0", count: places - fraction.count) + fraction
        return "\(value < 0 && scaled > 0 ? "-" : "")\(whole).\(padded)"
    }
}
