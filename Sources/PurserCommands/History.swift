import KubeModel

/// Events of the log as lines for people.
struct HistoryText {
    /// Whether all changes of an event are shown, or the first.
    var all: Bool
    /// Whether a column names the object.
    var showsObject: Bool
    var palette = Palette.plain

    func table(_ items: [JSON]) -> String {
        guard !items.isEmpty else { return "No events.\n" }
        let object = showsObject ? ["OBJECT"] : []
        return Output.table(["POSITION", "TIME", "EVENT"] + object + ["WHO", "WHAT CHANGED"], items.flatMap(rows))
    }

    /// One event that came later, in columns wide enough for most.
    func lines(_ item: JSON) -> String {
        let widths = showsObject ? [10, 26, 24, 40, 30] : [10, 26, 24, 30]
        return rows(item).map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                line += index < widths.count ? cell.padded(to: widths[index]) + "  " : cell
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    private func rows(_ item: JSON) -> [[String]] {
        let object = showsObject ? [item.string("stream") ?? ""] : []
        let changes = item.array("changes").map { History.change($0, palette) }
        let first =
            [
                Output.cell(item["position"] ?? .null), History.time(item.string("recordedAt") ?? ""),
                item.string("type") ?? "",
            ] + object + [History.caller(item["caller"] ?? [:]), changes.first ?? History.call(item)]
        guard all else { return [first] }
        let blank = first.dropLast().map { _ in "" }
        return [first] + changes.dropFirst().map { blank + [$0] }
    }
}

enum History {
    /// To the millisecond: finer than a person compares.
    static func time(_ text: String) -> String {
        guard let dot = text.firstIndex(of: "."), text.hasSuffix("Z") else { return text }
        return "\(text[..<dot])\(text[dot...].prefix(4))Z"
    }

    static func caller(_ caller: JSON) -> String {
        let subject = caller.string("subject") ?? "unknown"
        guard let agent = caller.string("userAgent"), !agent.isEmpty else { return subject }
        return "\(subject) (\(agent.split(separator: " ").first ?? ""))"
    }

    /// What a call that changed nothing asked for, and how it ended.
    static func call(_ item: JSON) -> String {
        guard let code = item.int("payload", "code") else { return "" }
        let verb = item.string("caller", "verb") ?? ""
        let reason = item.string("payload", "reason").map { " \($0)" } ?? ""
        let message = item.string("payload", "message").map { ": \($0)" } ?? ""
        return shorten("\(verb) \(item.string("payload", "uri") ?? ""): \(code)\(reason)\(message)")
    }

    static func change(_ change: JSON, _ palette: Palette = .plain) -> String {
        let path = change.string("path") ?? ""
        func side(_ value: JSON?) -> String? {
            guard let value, !value.isNull else { return nil }
            return shorten(value.stringValue ?? value.canonicalText)
        }
        switch (side(change["old"]), side(change["new"])) {
        // The whole object came or went.
        case (nil, _?) where path.isEmpty: return palette.green("created")
        case (_?, nil) where path.isEmpty: return palette.red("deleted")
        case (nil, let new?): return palette.green("+ \(path): \(new)")
        case (let old?, nil): return palette.red("- \(path): \(old)")
        case (let old?, let new?): return "~ \(path): \(palette.red(old)) -> \(palette.green(new))"
        case (nil, nil): return path
        }
    }

    private static func shorten(_ text: String) -> String {
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "⏎")
        return line.count > 100 ? line.prefix(97) + "…" : line
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }
}
