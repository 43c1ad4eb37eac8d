import Synchronization

/// What clients were told of each of their writes, to be compared with what is in the log.
public final class WriteLedger<ID: Hashable & Sendable>: Sendable {
    public enum Answer: Sendable { case acknowledged, refused, unknown }

    private let answers = Mutex<[ID: Answer]>([:])

    public init() {}

    public var count: Int { answers.withLock { $0.count } }

    public func note(_ write: ID, _ answer: Answer) { answers.withLock { $0[write] = answer } }
    public func count(_ answer: Answer) -> Int { answers.withLock { $0.values.count { $0 == answer } } }

    /// Where the ledger and the log contradict each other; empty where they agree.
    /// - Parameter log: the writes that are in the log, each as often as it is there.
    public func contradictions(with log: some Sequence<ID>) -> [String] {
        let counts = Dictionary(log.map { ($0, 1) }, uniquingKeysWith: +)
        return answers.withLock { $0 }.compactMap { write, answer in
            let count = counts[write] ?? 0
            switch answer {
            case .acknowledged where count != 1: return "\(write) was acknowledged and is in the log \(count) times"
            case .refused where count != 0: return "\(write) was refused and is in the log \(count) times"
            case .unknown where count > 1: return "\(write) is in the log \(count) times"
            default: return nil
            }
        }
    }
}
