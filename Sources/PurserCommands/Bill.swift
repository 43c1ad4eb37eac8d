import KubeModel

/// A bill as a table: a line a namespace, workload or pod, and the total below.
enum Bill {
    /// In the order in which people read them; what else a line holds follows by name.
    private static let order = [
        "namespace", "workload", "pod", "name", "cpuSeconds", "memoryGiBHours", "ioReadBytes", "ioWriteBytes",
        "networkSentBytes", "networkReceivedBytes",
    ]
    /// These stand last.
    private static let last = ["cost", "currency"]

    static func text(_ report: JSON) -> String {
        let lines = report["lines"]?.arrayValue ?? report.array("items")
        guard !lines.isEmpty else { return "Nothing was used in this period.\n" }
        let names = columns(lines)
        let rows = lines.map { line in names.map { value($0, line[$0] ?? "") } }
        return period(report) + Output.table(names.map(title), rows) + total(report)
    }

    private static func columns(_ lines: [JSON]) -> [String] {
        let present = Set(lines.flatMap { $0.objectValue?.filter { isScalar($0.value) }.map(\.key) ?? [] })
        let known = order.filter(present.contains)
        let tail = last.filter(present.contains)
        return known + present.subtracting(known + tail).sorted() + tail
    }

    private static func isScalar(_ value: JSON) -> Bool {
        switch value {
        case .array, .object, .null: false
        default: true
        }
    }

    /// `memoryGiBHours` as `MEMORY GIB-HOURS`, others by their humps.
    private static func title(_ name: String) -> String {
        if name == "memoryGiBHours" { return "MEMORY GIB-HOURS" }
        if name == "cpuSeconds" { return "CPU-SECONDS" }
        return name.reduce(into: "") { text, letter in text += letter.isUppercase ? " \(letter)" : letter.uppercased() }
    }

    private static func value(_ name: String, _ value: JSON) -> String {
        if name.hasSuffix("Bytes"), let count = value.intValue { return Output.bytes(count) }
        return Output.cell(value)
    }

    private static func period(_ report: JSON) -> String {
        guard let from = report.string("from"), let to = report.string("to") else { return "" }
        return "from \(from) to \(to)\n"
    }

    private static func total(_ report: JSON) -> String {
        guard let total = report["total"], isScalar(total) else { return "" }
        return "total \(Output.cell(total)) \(report.string("currency") ?? "")\n"
    }
}
