import Domain
import KubeModel
import Merkle

public enum TreeHeadError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A signed tree head kept outside the database cannot be read, or this key did not sign it.
    case unreadableHead(String)
    /// The log is shorter than, or differs from, a tree head that was signed over it. Nothing may be served from it.
    case notExtended(size: Position, reason: String)
    case log(EventLogError)
    case store(String)

    public var description: String {
        switch self {
        case .unreadableHead(let why): "a signed tree head cannot be used: \(why)"
        case .notExtended(let size, let reason):
            "the log does not extend the tree head signed at size \(size): \(reason). "
                + "Run `purser audit verify` to find the first wrong position"
        case .log(let error): "\(error)"
        case .store(let why): "a tree head cannot be written: \(why)"
        }
    }
}

/// Where signed tree heads are kept outside the database.
public protocol TreeHeadStore: Sendable {
    /// The note of the largest size, nil if none was ever written.
    func latest() async throws -> String?
    /// The note of a size, nil if none was written.
    func note(size: Position) async throws -> String?
    /// Every note, in any order.
    func all() async throws -> [String]
    /// Writes a note durably before it returns, in place of one of the same size.
    func write(_ note: String, size: Position) async throws
}

/// Keeps the tree's tiles and signed tree heads up to date as the log grows.
public actor TreeHeadSigner {
    private let log: any EventLog
    private let origin: String
    private let signer: NoteSigner
    private let store: any TreeHeadStore
    private var builder: TreeBuilder
    private var signed: Position
    /// Every full segment up to here has its own head.
    private var sealed: Position = 0
    private static let sealsInRound = 8

    /// Proves that the log extends the last head that was signed over it; throws `notExtended` where it does not.
    ///
    /// The proof takes the tree at the signed size from stored tiles and leaves and compares its root. It reads at
    /// most the events since the last full tile; `LogVerifier` is the one that recomputes everything.
    public init(log: any EventLog, origin: String, signer: NoteSigner, store: any TreeHeadStore)
        async throws(TreeHeadError)
    {
        (self.log, self.origin, self.signer, self.store) = (log, origin, signer, store)
        do {
            guard let note = try await store.latest() else {
                (builder, signed) = (try await TreeBuilder(log: log, size: 0), 0)
                return
            }
            guard let parsed = SignedNote(note), signer.verifier.verifies(parsed),
                let head = TreeHead(body: parsed.text), head.origin == origin
            else { throw TreeHeadError.unreadableHead("its signature or its form is wrong") }
            let end = try await log.head().position
            guard end >= head.size else { throw Self.cut(signed: head.size, end: end) }
            let tree = try await TreeBuilder(log: log, size: head.size)
            guard tree.frontier.root == head.root else {
                throw TreeHeadError.notExtended(size: head.size, reason: "its tree has another root")
            }
            (builder, signed) = (tree, head.size)
        } catch {
            throw Self.wrapped(error)
        }
    }

    /// The size of the last tree head that was signed.
    public var signedSize: Position { signed }

    /// Extends the tree to the log's head and signs it, if the log grew, and each full segment on the way at its end:
    /// that seals it. Segments that were filled before are sealed too, some in a round. Writes every note outside the
    /// database first.
    /// - Returns: the note of the log's head, nil if there was nothing new.
    @discardableResult
    public func sign(at time: Timestamp) async throws(TreeHeadError) -> String? {
        do {
            let end = try await log.head().position
            guard end >= signed else { throw Self.cut(signed: signed, end: end) }
            let ends = try await log.segments().map(\.last).filter { $0 < end }
            var note: String?
            for size in ends.filter({ $0 > signed }) + [end] where size > signed {
                note = try await extend(to: size, at: time)
            }
            for size in ends.filter({ $0 > sealed && $0 <= signed }).prefix(Self.sealsInRound) {
                try await seal(size, at: time)
                sealed = max(sealed, size)
            }
            return note
        } catch {
            throw Self.wrapped(error)
        }
    }

    private func extend(to size: Position, at time: Timestamp) async throws -> String {
        var tree = builder
        try await tree.extend(to: size, log: log)
        let note = try await keep(size, tree.frontier.root, at: time)
        if size > signed { (builder, signed) = (tree, size) }
        return note
    }

    /// Signs the head of an earlier size, unless that was done, once the tree that was signed last proves to extend it.
    private func seal(_ size: Position, at time: Timestamp) async throws {
        let isStored = try await log.checkpoint(from: size)?.size == size
        if isStored, try await store.note(size: size) != nil { return }
        let root = try await TreeBuilder(log: log, size: size).frontier.root
        let latest = (size: signed, root: builder.frontier.root)
        let proof = try await LogProver(StoredLogFiles(log: log)).roots(
            of: ProofPath.consistency(from: size, to: latest.size), size: latest.size)
        guard Merkle.verifyConsistency(from: (size, root), to: latest, proof: proof) else {
            throw TreeHeadError.notExtended(
                size: latest.size, reason: "the tree over its first \(size) events is another")
        }
        _ = try await keep(size, root, at: time)
    }

    private func keep(_ size: Position, _ root: MerkleHash, at time: Timestamp) async throws -> String {
        let note = try signer.sign(TreeHead(origin: origin, size: size, root: root).body).encoded
        try await store.write(note, size: size)
        try await log.store(checkpoint: Array(note.utf8), size: size, at: time)
        return note
    }

    /// Signs at an interval until the task is cancelled. A log or a directory that is away is
    /// tried again at the next turn.
    /// - Parameters:
    ///   - now: the clock.
    ///   - report: told of every failure.
    public func run(
        every interval: Duration, now: @Sendable () -> Timestamp, report: @Sendable (TreeHeadError) -> Void
    ) async {
        while !Task.isCancelled {
            do { try await sign(at: now()) } catch { report(error) }
            try? await Task.sleep(for: interval)
        }
    }

    private static func cut(signed: Position, end: Position) -> TreeHeadError {
        .notExtended(size: signed, reason: "it ends at position \(end)")
    }

    private static func wrapped(_ error: any Error) -> TreeHeadError {
        switch error {
        case let error as TreeHeadError: error
        case let error as EventLogError: .log(error)
        default: .store("\(error)")
        }
    }
}
