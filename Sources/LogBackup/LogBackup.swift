import Crypto
import Domain
import EventLog
import Foundation
import KubeModel
import Merkle

/// A backup of the log in a directory. The log is the backup: what is in no event needs none, but for the keys beside it.
public struct LogBackup: Sendable {
    public let directory: String
    static let format = "purser-backup/1"
    static let keyTable = "keys.json"
    private static let pageSize = 1000

    public init(_ directory: String) { self.directory = directory }

    /// What a backup holds; `backup.json` in its directory, written last.
    public struct Manifest: Sendable, Hashable {
        /// The number of its events, which is the last position too.
        public var size: Position
        /// The root of the tree over them.
        public var root: String
        /// The name of the log.
        public var origin: String
        /// Whether the key table and the keys' own key are in it.
        public var hasKeys: Bool
        /// The SHA-256 of each file of keys, in hexadecimal, by its name: no tree head speaks of them.
        public var digests: [String: String]
        /// Who followed the log, and up to where.
        public var subscriptions: [Subscription]
        /// What else the maker wants to find again.
        public var remarks: JSON
    }

    /// What a backup is made of besides the log.
    public struct Surroundings: Sendable {
        public var verifier: NoteVerifier
        /// Signed tree heads kept outside the database, in any order.
        public var notes: [String]
        /// The key table; nil to leave out whatever could open Secrets.
        public var keys: (any KeyTable)?
        /// Files that go with the keys, by the names they get (`secret.key`), readable by the owner only.
        public var secretFiles: [String: [UInt8]]
        public var subscriptions: any SubscriptionTable
        public var remarks: JSON

        public init(
            verifier: NoteVerifier, notes: [String], keys: (any KeyTable)?, secretFiles: [String: [UInt8]] = [:],
            subscriptions: any SubscriptionTable, remarks: JSON = [:]
        ) {
            (self.verifier, self.notes, self.keys) = (verifier, notes, keys)
            (self.secretFiles, self.subscriptions, self.remarks) = (secretFiles, subscriptions, remarks)
        }
    }

    /// Writes the log up to its last signed tree head, every event checked on the way. A backup that fails leaves the
    /// directory as it was.
    /// - Parameter progress: told after each page how many events of how many are written.
    public func write(
        _ log: any EventLog, _ surroundings: Surroundings,
        progress: @Sendable (Position, Position) -> Void = { _, _ in }
    ) async throws -> Manifest {
        var check = try ChainCheck(notes: surroundings.notes, verifier: surroundings.verifier)
        guard let end = check.end else {
            throw BackupError("no tree head was signed yet, so there is nothing to check the log against; try again")
        }
        let isNew = try prepare()
        do {
            try await writeEvents(log, &check, through: end, progress)
            return try await writeRest(surroundings, check)
        } catch {
            discard(surroundings, withDirectory: isNew)
            throw error
        }
    }

    private func writeEvents(
        _ log: any EventLog, _ check: inout ChainCheck, through end: Position,
        _ progress: @Sendable (Position, Position) -> Void
    ) async throws {
        while check.tree.size < end {
            let first = check.tree.size + 1
            let file = try GzipFile.create("\(directory)/\(EventFile.name(first: first))")
            while check.tree.size < min(end, first + EventFile.eventsInFile - 1) {
                let limit = min(
                    Position(Self.pageSize), end - check.tree.size, first + EventFile.eventsInFile - 1 - check.tree.size
                )
                try file.write(try await page(log, &check, limit: Int(limit)))
                progress(check.tree.size, end)
            }
            try file.finish()
        }
        try check.finish()
    }

    private func page(_ log: any EventLog, _ check: inout ChainCheck, limit: Int) async throws -> [UInt8] {
        let events = try await log.stored(after: check.tree.size, limit: limit)
        guard !events.isEmpty else { throw BackupError("position \(check.tree.size + 1): the event is missing") }
        var out: [UInt8] = []
        for event in events {
            try check.take(event)
            try EventFile.append(event, to: &out)
        }
        return out
    }

    private func writeRest(_ surroundings: Surroundings, _ check: ChainCheck) async throws -> Manifest {
        for note in surroundings.notes {
            guard let size = SignedNote(note).flatMap({ TreeHead(body: $0.text) })?.size else { continue }
            try write(Array(note.utf8), "tree-heads/\(size).note")
        }
        try write(Array(surroundings.verifier.text.utf8), "log.vkey")
        var secrets: [String: [UInt8]] = [:]
        if let keys = surroundings.keys {
            var table: JSON = [:]
            for (id, key) in try await keys.keys(idPrefix: "") { table[id] = .string(Data(key).base64EncodedString()) }
            secrets = surroundings.secretFiles
            secrets[Self.keyTable] = table.canonicalBytes
            for (name, bytes) in secrets { try write(bytes, name, isSecret: true) }
        }
        let manifest = Manifest(
            size: check.tree.size, root: Data(check.tree.root).base64EncodedString(),
            origin: surroundings.verifier.name, hasKeys: surroundings.keys != nil,
            digests: secrets.mapValues(Self.digest),
            subscriptions: try await surroundings.subscriptions.subscriptions(), remarks: surroundings.remarks)
        // Whoever finds a manifest finds everything that it speaks of, whatever happened to the machine.
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory) { try flush("\(directory)/\(name)") }
        try write(manifest.json.canonicalBytes, "backup.json")
        for path in ["\(directory)/backup.json", directory] { try flush(path) }
        return manifest
    }

    static func digest(_ bytes: [UInt8]) -> String { Array(SHA256.hash(data: bytes)).hexadecimal }

    /// Returns when a file's content, or the names in a directory, are on the disk.
    private func flush(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupError("\(path) cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw BackupError("\(path) cannot be flushed to the disk") }
    }

    /// A backup is written once, into a directory that is empty.
    /// - Returns: whether the directory was not there before.
    private func prepare() throws -> Bool {
        let files = FileManager.default
        let isNew = !files.fileExists(atPath: directory)
        do { try files.createDirectory(atPath: directory, withIntermediateDirectories: true) } catch {
            throw BackupError("the directory \(directory) cannot be made")
        }
        guard try files.contentsOfDirectory(atPath: directory).isEmpty else {
            throw BackupError("\(directory) is not empty: name a new directory")
        }
        for name in ["events", "tree-heads"] {
            try files.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: false)
        }
        return isNew
    }

    /// Removes what a backup is made of, and nothing else.
    private func discard(_ surroundings: Surroundings, withDirectory: Bool) {
        let names = ["events", "tree-heads", "log.vkey", Self.keyTable, "backup.json"] + surroundings.secretFiles.keys
        for name in names { try? FileManager.default.removeItem(atPath: "\(directory)/\(name)") }
        if withDirectory { rmdir(directory) }
    }

    private func write(_ bytes: [UInt8], _ name: String, isSecret: Bool = false) throws {
        let path = "\(directory)/\(name)"
        let mode: Int16 = isSecret ? 0o600 : 0o644
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes), attributes: [.posixPermissions: mode])
        else { throw BackupError("\(path) cannot be written") }
    }
}

extension LogBackup.Manifest {
    var json: JSON {
        var digests: JSON = [:]
        for (name, digest) in self.digests { digests[name] = .string(digest) }
        return [
            "format": .string(LogBackup.format), "size": .int(size), "root": .string(root), "origin": .string(origin),
            "keys": .bool(hasKeys), "digests": digests, "subscriptions": .array(subscriptions.map(\.json)),
            "remarks": remarks,
        ]
    }

    init(json: JSON) throws(BackupError) {
        guard json.string("format") == LogBackup.format, let size = json.int("size"), let root = json.string("root"),
            let origin = json.string("origin"), let hasKeys = json.bool("keys")
        else { throw BackupError("backup.json is not of the form \(LogBackup.format)") }
        let subscriptions = json.array("subscriptions").map(Subscription.init(json:))
        guard !subscriptions.contains(nil) else { throw BackupError("a subscription in backup.json is malformed") }
        self.init(
            size: size, root: root, origin: origin, hasKeys: hasKeys, digests: json.stringMap("digests"),
            subscriptions: subscriptions.compactMap { $0 }, remarks: json["remarks"] ?? [:])
    }
}
