import KubeModel

/// A timeline as text: a strip a lane, and below it what happened.
struct TimelineText {
    /// Columns of the terminal; at least 40.
    var width: Int
    var from: Timestamp
    var to: Timestamp
    var palette = Palette.plain

    private static let labelWidth = 11

    func text(_ entries: [Timeline.Entry]) -> String {
        guard !entries.isEmpty else { return "Nothing happened from \(from.rfc3339) to \(to.rfc3339).\n" }
        return strips(entries) + "\n" + list(entries)
    }

    /// The number of cells of a strip.
    private var cells: Int { max(width, 40) - Self.labelWidth - 2 }

    private func strips(_ entries: [Timeline.Entry]) -> String {
        let span = max(to.microseconds - from.microseconds, 1)
        var counts: [Timeline.Lane: [Int]] = [:]
        for entry in entries {
            guard let time = Timestamp(rfc3339: entry.time) else { continue }
            let offset = min(max(time.microseconds - from.microseconds, 0), span)
            let cell = min(Int(Double(offset) / Double(span) * Double(cells)), cells - 1)
            counts[entry.lane, default: Array(repeating: 0, count: cells)][cell] += 1
        }
        let lanes = Timeline.Lane.allCases.map { lane in
            let strip = (counts[lane] ?? Array(repeating: 0, count: cells)).map(Self.mark).joined()
            return label(lane) + " " + (counts[lane] == nil ? strip : paint(strip, lane)) + "\n"
        }
        return lanes.joined() + axis()
    }

    private func label(_ lane: Timeline.Lane) -> String { lane.rawValue.padded(to: Self.labelWidth) }

    /// How many happened in a cell's time.
    private static func mark(_ count: Int) -> String {
        switch count {
        case 0: "·"
        case 1...9: "\(count)"
        default: "#"
        }
    }

    private func axis() -> String {
        let blank = String(repeating: " ", count: Self.labelWidth + 1)
        let (left, right) = (clock(from), clock(to))
        return blank + left + String(repeating: " ", count: max(cells - left.count - right.count, 1)) + right + "\n"
    }

    /// The time of day; with the date where the timeline is longer than a day.
    private func clock(_ time: Timestamp) -> String {
        let text = time.rfc3339
        let isLong = to.seconds(since: from) > 86_400
        return isLong ? String(text.prefix(16)) : String(text.dropFirst(11).prefix(8))
    }

    /// A line an entry; what repeats itself, in a row or counted by the cluster, stands once, with its number.
    private func list(_ entries: [Timeline.Entry]) -> String {
        var lines: [(entry: Timeline.Entry, count: Int)] = []
        var series: [String: Int] = [:]
        for entry in entries {
            if let line = series[entry.series] {
                lines[line].count += 1
            } else if let last = lines.last, last.entry.lane == entry.lane, last.entry.text == entry.text {
                lines[lines.count - 1].count += 1
            } else {
                lines.append((entry, 1))
                if !entry.series.isEmpty { series[entry.series] = lines.count - 1 }
            }
        }
        return lines.map { entry, count in
            let time = Timestamp(rfc3339: entry.time).map(clock) ?? entry.time
            let head = "\(time)  \(label(entry.lane))"
            let tail = (count > 1 ? " ×\(count)" : "") + "  @\(entry.position)"
            let room = max(max(width, 40) - head.count - tail.count - 1, 8)
            return "\(time)  \(paint(label(entry.lane), entry.lane)) \(Self.fit(entry.text, room))\(tail)\n"
        }.joined()
    }

    private static func fit(_ text: String, _ room: Int) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count > room ? line.prefix(room - 1) + "…" : line
    }

    private func paint(_ text: String, _ lane: Timeline.Lane) -> String {
        switch lane {
        case .people: palette.bold(text)
        case .rollOuts, .scheduling: palette.green(text)
        case .restarts, .warnings: palette.yellow(text)
        case .outOfMemory, .nodes, .refusals: palette.red(text)
        }
    }
}
