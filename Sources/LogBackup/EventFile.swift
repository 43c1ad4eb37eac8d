import Domain
import EventLog
import KubeModel

/// The events of a backup in files of a bearable size: two lines an event, its envelope and its payload, as they lie in
/// the log. Any program that reads gzip and JSON reads them.
enum EventFile {
    static let eventsInFile: Position = 100_000
    private static let newline = UInt8(ascii: "\n")

    /// `events/0000000000000000001.jsonl.gz`, named by its first position.
    static func name(first: Position) -> String { "events/" + fileName(first: first) }

    /// `0000000000000000001.jsonl.gz`.
    static func fileName(first: Position) -> String {
        let digits = "\(first)"
        return String(repeating: "0", count: 19 - digits.count) + digits + ".jsonl.gz"
    }

    static func append(_ event: StoredEvent, to out: inout [UInt8]) throws(BackupError) {
        guard !event.envelope.contains(newline), !event.payload.contains(newline) else {
            throw BackupError("position \(event.position): the event holds a line end, which canonical JSON does not")
        }
        out += event.envelope
        out.append(newline)
        out += event.payload
        out.append(newline)
    }

    /// Reads a file's events in order, some at a time.
    static func read(_ path: String, _ body: ([RecordedEvent]) async throws -> Void) async throws {
        let file = try GzipFile.open(path)
        var lines = Lines()
        var envelope: [UInt8]?
        while true {
            let piece = try file.read(1 << 20)
            guard !piece.isEmpty else { break }
            var events: [RecordedEvent] = []
            for line in lines.feed(piece) {
                guard let first = envelope else {
                    envelope = line
                    continue
                }
                do { events.append(try Envelope.decode(first, payload: line)) } catch {
                    throw BackupError("\(path): an event cannot be read: \(error)")
                }
                envelope = nil
            }
            if !events.isEmpty { try await body(events) }
        }
        guard envelope == nil, lines.isEmpty else { throw BackupError("\(path) ends in the middle of an event") }
    }

    /// Cuts pieces into lines; empty ones count.
    private struct Lines {
        private var pending: [UInt8] = []
        var isEmpty: Bool { pending.isEmpty }

        mutating func feed(_ piece: [UInt8]) -> [[UInt8]] {
            var lines: [[UInt8]] = []
            var rest = piece[...]
            while let end = rest.firstIndex(of: newline) {
                pending += rest[..<end]
                lines.append(pending)
                pending = []
                rest = rest[(end + 1)...]
            }
            pending += rest
            return lines
        }
    }
}
