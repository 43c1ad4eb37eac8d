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
            guard end >= head.size else {
                throw TreeHeadError.notExtended(size: head.size, reason: "it ends at position \(end)")
            }
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

    /// Extends the tree to the log's head and signs it, if the log grew. Writes the note outside the database first.
    /// - Returns: the note, nil if there was nothing new.
    @discardableResult
    public func sign(at time: Timestamp) async throws(TreeHeadError) -> String? {
        do {
            let end = try await log.head().position
            guard end > signed else { return nil }
            var tree = builder
            try await tree.extend(to: end, log: log)
            let head = TreeHead(origin: origin, size: end, root: tree.frontier.root)
            let note = try signer.sign(head.body).encoded
            try await store.write(note, size: end)
            try await log.store(checkpoint: Array(note.utf8), size: end, at: time)
            if end > signed { (builder, signed) = (tree, end) }
            return note
        } catch {
            throw Self.wrapped(error)
        }
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

    private static func wrapped(_ error: any Error) -> TreeHeadError {
        switch error {
        case let error as TreeHeadError: error
        case let error as EventLogError: .log(error)
        default: .store("\(error)")
        }
    }
}
