import Domain
import EventLog
import Foundation
import KubeModel
import Merkle

/// The moment that a log is restored to.
public enum RestorePoint: Sendable, Hashable {
    case end
    case position(Position)
    /// The last event recorded at or before it.
    case time(Timestamp)
}

extension LogBackup {
    public func manifest() throws -> Manifest {
        guard let bytes = FileManager.default.contents(atPath: "\(directory)/backup.json") else {
            throw BackupError("\(directory)/backup.json is missing: this is no backup, or it was never finished")
        }
        guard let json = try? JSON(parsing: Array(bytes)) else {
            throw BackupError("\(directory)/backup.json is damaged: it is not JSON")
        }
        return try Manifest(json: json)
    }

    /// Reads all of it, checks every event against the signed tree heads, and finds a moment's position.
    public func verify(_ point: RestorePoint = .end) async throws -> (manifest: Manifest, position: Position) {
        let manifest = try manifest()
        guard let verifier = NoteVerifier(try text("log.vkey")), verifier.name == manifest.origin else {
            throw BackupError("log.vkey holds no key of \(manifest.origin)")
        }
        var check = try ChainCheck(notes: try notes(through: .max).map(\.text), verifier: verifier)
        guard check.end == manifest.size else {
            throw BackupError("no tree head of size \(manifest.size) was signed: a file of the backup is missing")
        }
        for (name, digest) in manifest.digests.sorted(by: { $0.key < $1.key }) {
            guard let bytes = file(name) else { throw BackupError("\(directory)/\(name) is missing or cannot be read") }
            guard Self.digest(bytes) == digest else { throw BackupError("\(directory)/\(name) is damaged") }
        }
        var found: Position = 0
        try await forEach(through: manifest.size) { events in
            for event in events {
                try check.take(event)
                if case .time(let time) = point, event.recordedAt <= time { found = event.position }
            }
        }
        try check.finish()
        guard Data(check.tree.root).base64EncodedString() == manifest.root else {
            throw BackupError("backup.json states another root than the events have")
        }
        switch point {
        case .end: return (manifest, manifest.size)
        case .time(let time):
            guard found > 0 else { throw BackupError("nothing is as old as \(time.rfc3339Micro): the log began later") }
            return (manifest, found)
        case .position(let position):
            guard (0...manifest.size).contains(position) else {
                throw BackupError("the backup ends at position \(manifest.size); there is no position \(position)")
            }
            return (manifest, position)
        }
    }

    /// Appends the events up to a position to an empty log, and puts keys and subscriptions beside it. Whoever had taken
    /// in more than these goes on at their end. Verify the backup first.
    public func restore(
        through end: Position, into log: any EventLog, keys: any KeyTable, subscriptions: any SubscriptionTable,
        progress: @Sendable (Position, Position) -> Void = { _, _ in }
    ) async throws {
        var filling = try await LogFilling(log)
        try await forEach(through: end) { events in
            try await filling.append(events)
            progress(filling.position, end)
        }
        try await filling.finish()
        let manifest = try manifest()
        for var subscription in manifest.subscriptions {
            subscription.position = min(subscription.position, end)
            try await subscriptions.store(subscription)
        }
        guard manifest.hasKeys else { return }
        for (id, value) in try JSON(parsing: Array(try text(Self.keyTable).utf8)).objectValue ?? [:] {
            guard let key = value.stringValue.flatMap({ Data(base64Encoded: $0) }) else { continue }
            try await keys.store(key: Array(key), id: id)
        }
    }

    /// The signed tree heads of sizes up to a position, by size.
    public func notes(through end: Position) throws -> [(size: Position, text: String)] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/tree-heads") else {
            throw BackupError("\(directory)/tree-heads is missing or cannot be read")
        }
        return try names.compactMap { name in
            guard name.hasSuffix(".note"), let size = Position(name.dropLast(5)), size <= end else { return nil }
            return (size, try text("tree-heads/\(name)"))
        }.sorted { $0.size < $1.size }
    }

    /// A file that lies beside the events; nil if it is not in this backup.
    public func file(_ name: String) -> [UInt8]? {
        FileManager.default.contents(atPath: "\(directory)/\(name)").map { Array($0) }
    }

    private func text(_ name: String) throws -> String {
        guard let bytes = file(name) else { throw BackupError("\(directory)/\(name) is missing or cannot be read") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func forEach(through end: Position, _ body: ([RecordedEvent]) async throws -> Void) async throws {
        for first in stride(from: Position(1), through: end, by: Int(EventFile.eventsInFile)) {
            try await EventFile.read("\(directory)/\(EventFile.name(first: first))") { events in
                let wanted = events.prefix { $0.position <= end }
                if !wanted.isEmpty { try await body(Array(wanted)) }
            }
        }
    }
}
