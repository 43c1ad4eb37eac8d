import Domain
import EventLog
import Foundation
import KubeModel
import Merkle
import Testing

@testable import LogBackup

@Suite("The archive of the log")
struct ArchiveTests {
    @Test("a file has a segment's events to the byte: all of them, one alone, or some across blocks")
    func read() async throws {
        let log = try await SealedLog(events: 300)
        let file = try await log.archive(log.segments[1])
        let sha256 = try FileDigest(of: "\(log.directory)/0000000000000000129.jsonl.gz").sha256
        #expect(file.segment == LogSegment(129...256, file: "0000000000000000129.jsonl.gz", sha256: sha256))
        let archive = ArchiveDirectory(log.directory)
        let expected = try await log.log.archived(129...256)
        #expect(try await archive.events(at: Array(129...256), of: file.segment) == expected)
        for position in [129, 192, 193, 256] as [Position] {
            let events = try await archive.events(at: [position], of: file.segment)
            #expect(events == [expected[Int(position) - 129]])
        }
        let some = try await ArchiveDirectory(log.directory, cacheSize: 0).events(
            at: [130, 191, 193], of: file.segment)
        #expect(some == [expected[1], expected[62], expected[64]])
        await #expect(throws: EventLogError.self) { try await archive.events(at: [128], of: file.segment) }
    }

    @Test("zcat writes two lines an event, and only the owner and the group may read the file")
    func plain() async throws {
        let log = try await SealedLog(events: 128)
        let file = try await log.archive(log.segments[0])
        let path = "\(log.directory)/0000000000000000001.jsonl.gz"
        let lines = try await log.log.archived(1...128).flatMap { [$0.envelope, $0.payload] }
        #expect(try zcat(path) == lines.flatMap { $0 + [0x0A] })
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        #expect(attributes[.size] as? Int == file.size)
        #expect(try FileManager.default.contentsOfDirectory(atPath: log.directory) == ["0000000000000000001.jsonl.gz"])
    }

    enum Interruption: CaseIterable { case whileWriting, beforeRename, afterRename, tornFile, otherFile }

    @Test("a run that was ended anywhere is repeated and gives the same file", arguments: Interruption.allCases)
    func interrupted(_ interruption: Interruption) async throws {
        let log = try await SealedLog(events: 256)
        let path = "\(log.directory)/0000000000000000001.jsonl.gz"
        let file = try await log.archive(log.segments[0])
        let bytes = try #require(FileManager.default.contents(atPath: path))
        let temporary = "\(log.directory)/.0000000000000000001.jsonl.gz.new"
        switch interruption {
        case .whileWriting:
            try FileManager.default.removeItem(atPath: path)
            try bytes.prefix(99).write(to: URL(fileURLWithPath: temporary))
        case .beforeRename: try FileManager.default.moveItem(atPath: path, toPath: temporary)
        case .afterRename: break
        case .tornFile: try bytes.dropLast(9).write(to: URL(fileURLWithPath: path))
        case .otherFile:
            _ = try await log.archive(log.segments[1])
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: "\(log.directory)/0000000000000000129.jsonl.gz", toPath: path)
        }
        #expect(try await log.archive(log.segments[0]) == file)
        #expect(FileManager.default.contents(atPath: path) == bytes)
        #expect(!FileManager.default.fileExists(atPath: temporary))
    }

    @Test("whatever byte of a file is altered, either the events are the same or the first damaged one is named")
    func altered() async throws {
        let log = try await SealedLog(events: 128)
        let segment = try await log.archive(log.segments[0]).segment
        let path = "\(log.directory)/0000000000000000001.jsonl.gz"
        let bytes = try #require(FileManager.default.contents(atPath: path)).map { $0 }
        let expected = try await log.log.archived(1...128)
        var found: [String: Int] = [:]
        let offsets = bytes.indices.filter { $0 % 13 == 0 || $0 < 20 || $0 > bytes.count - 100 }
        for offset in offsets {
            var copy = bytes
            copy[offset] ^= 0x10
            try Data(copy).write(to: URL(fileURLWithPath: path))
            do {
                let events = try await ArchiveDirectory(log.directory).events(at: Array(1...128), of: segment)
                #expect(events == expected)
            } catch {
                let start = "the archive file \(path), with the events from position "
                #expect(error.reason.hasPrefix(start))
                found[String(error.reason.dropFirst(start.count).prefix { $0 != " " }), default: 0] += 1
            }
        }
        #expect(Set(found.keys) == ["1", "65"])
        #expect(found.values.reduce(0, +) > offsets.count - 30)
    }

    @Test("a file that is missing, cut off, or another segment's is told with its first position")
    func missing() async throws {
        let log = try await SealedLog(events: 256)
        let segment = try await log.archive(log.segments[0]).segment
        let other = try await log.archive(log.segments[1]).segment
        let path = "\(log.directory)/0000000000000000001.jsonl.gz"
        let bytes = try #require(FileManager.default.contents(atPath: path))
        for length in [0, 57, 58, 59, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(length).write(to: URL(fileURLWithPath: path))
            let error = await #expect(throws: EventLogError.self) {
                try await ArchiveDirectory(log.directory).events(at: [5], of: segment)
            }
            guard case .corrupt(let why) = error else { throw error ?? .refused("no error") }
            #expect(why.hasPrefix("the archive file \(path), with the events from position 1 on, "))
        }
        try FileManager.default.removeItem(atPath: path)
        let error = await #expect(throws: EventLogError.self) {
            try await ArchiveDirectory(log.directory).events(at: [5], of: segment)
        }
        guard case .archiveMissing(let why) = error else { throw error ?? .refused("no error") }
        #expect(why.hasPrefix("the archive file \(path), with the events from position 1 on, cannot be opened"))
        let swapped = LogSegment(segment.first...segment.last, file: other.file)
        await #expect(throws: EventLogError.self) {
            try await ArchiveDirectory(log.directory).events(at: [5], of: swapped)
        }
    }

    @Test("no file is written of a segment that is not the one that was signed, or not yet")
    func notSigned() async throws {
        let log = try await SealedLog(events: 200)
        let other = try await SealedLog(events: 200, salt: "other")
        await #expect(throws: BackupError.self) { try await log.archive(log.segments[0], seal: other.seal(128)) }
        await #expect(throws: BackupError.self) { try await log.archive(log.segments[1], seal: log.seal(128)) }
        await #expect(throws: BackupError.self) { try await log.archive(log.segments[1], seal: log.seal(200)) }
        await #expect(throws: BackupError.self) { try await log.archive(log.segments[0], seal: "no note") }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: log.directory)) ?? []
        #expect(names.allSatisfy { $0.hasPrefix(".") })
    }

    @Test("events of any size and of one block or less come back, through many readers at once")
    func sizes() async throws {
        for (count, size) in [(1, 1), (2, 2), (64, 64), (65, 65), (128, 32)] as [(Int, Position)] {
            let log = try await SealedLog(events: count, segmentSize: size, payload: count < 3 ? 3_000_000 : 10)
            let expected = try await log.log.archived(1...size)
            let segment = try await log.archive(log.segments[0]).segment
            let archive = ArchiveDirectory(log.directory, cacheSize: 40_000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for position in 1...size {
                    group.addTask {
                        let events = try await archive.events(at: [position], of: segment)
                        #expect(events == [expected[Int(position) - 1]])
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func zcat(_ path: String) throws -> [UInt8] {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["zcat", path]
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return Array(bytes)
    }
}

/// A log in segments, sealed as far as it is full, and a directory for its archive.
private final class SealedLog: Sendable {
    let log: InMemoryEventLog
    let directory = NSTemporaryDirectory() + "purser-archive-\(UUID().uuidString.prefix(8))"
    let segments: [LogSegment]
    private let verifier: NoteVerifier

    init(events count: Int, segmentSize: Position = 128, salt: String = "", payload: Int = 10) async throws {
        log = InMemoryEventLog(segmentSize: segmentSize)
        let signer = try NoteSigner.ofTests()
        verifier = signer.verifier
        let events = (1...count).map { number in
            Envelope.record(
                Event(
                    stream: "configmaps/shop/c\(number)", revision: 1, type: "ConfigMapCreated", isKeyframe: true,
                    payload: JSON.string(salt + String(repeating: "\(number)", count: payload)).canonicalBytes,
                    caller: Caller(subject: "tester", verb: "create"),
                    callID: CallID(at: Timestamp(seconds: 1), random: (0, UInt64(number))), ordinal: 0),
                position: Position(number), recordedAt: Timestamp(seconds: Int64(number)))
        }
        try #require(try await log.append(events, expected: LogHead(position: 0, term: 1)) == .appended)
        let heads = TreeHeadDirectory(directory + "-heads")
        try await TreeHeadSigner(log: log, origin: signer.name, signer: signer, store: heads).sign(
            at: Timestamp(seconds: 1))
        try FileManager.default.removeItem(atPath: heads.path)
        segments = try await log.segments()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func seal(_ size: Position) async throws -> String {
        String(decoding: try #require(try await log.checkpoint(from: size)).note, as: UTF8.self)
    }

    @discardableResult
    func archive(_ segment: LogSegment, seal: String? = nil) async throws -> LogArchive.File {
        let note: String
        if let seal { note = seal } else { note = try await self.seal(segment.last) }
        return try await LogArchive(directory).write(segment, of: log, seal: note, verifier: verifier)
    }
}
