import Domain
import EventLog
import KubeModel
import Postgres
import Synchronization

/// The log in PostgreSQL, in the schema of `migrations/`.
///
/// One connection appends, a few read; lost ones are made anew when they are next needed.
public final class PostgresEventLog: EventLog, KeyTable {
    let writer: PostgresPool
    let readers: PostgresPool
    let streamIDs = StreamIDs()
    let persons = PersonDirectory()
    /// The head's fence as last read; nil before the first append.
    let fence = Mutex<Int64?>(nil)
    let room = Mutex(SegmentRoom(ahead: 0, end: 0))
    let archive: (any EventArchive)?
    /// The segments whose bytes lie in the archive, as far as they were asked for.
    let archived = Mutex<[LogSegment]>([])
    let upcaster: Upcaster
    private let conninfo: String
    private let subscribers = Mutex(Subscribers())

    /// - Parameters:
    ///   - conninfo: any libpq connection string, several hosts included, of a login that is a member of
    ///     `purser_server`.
    ///   - readers: the number of connections that reads share.
    ///   - archive: where the bytes of archived segments lie. Without it, reads of them fail as `archiveMissing`.
    ///   - upcaster: what brings events of earlier versions into their present form.
    public init(
        _ conninfo: String, readers: Int = 3, archive: (any EventArchive)? = nil, upcaster: Upcaster = .released
    ) {
        (self.conninfo, self.archive, self.upcaster) = (conninfo, archive, upcaster)
        writer = PostgresPool(conninfo, setup: Self.setup)
        self.readers = PostgresPool(conninfo, size: readers, setup: Self.setup + Self.planning)
    }

    /// Ends all connections.
    public func close() {
        writer.close()
        readers.close()
        let ended = subscribers.withLock { subscribers in
            let ended = subscribers.continuations.values
            subscribers = Subscribers()
            return Array(ended)
        }
        for continuation in ended { continuation.finish() }
    }

    /// A commit must be durable whatever the role's settings are; and a server that finds its client gone ends the
    /// client's transaction within half a minute.
    private static let setup = [
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
        "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3",
        "SET jit = off",
    ]

    /// Every read has an index to go by, and finds its partitions when it runs: one plan serves all values. Planning
    /// anew would take longer than most reads, and a table that grew since it was last analysed would be scanned.
    private static let planning = ["SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off"]

    /// The channel on which appends are told.
    static let channel = "purser_log"

    private struct Subscribers {
        var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
        var listener: PostgresListener?
    }

    public func hints() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = subscribers.withLock { subscribers in
            subscribers.next += 1
            subscribers.continuations[subscribers.next] = continuation
            if subscribers.listener == nil {
                subscribers.listener = PostgresListener(conninfo, channel: Self.channel, interval: 250) { [weak self] in
                    self?.hint()
                }
            }
            return subscribers.next
        }
        continuation.onTermination = { [weak self] _ in self?.unsubscribe(id) }
        return stream
    }

    private func hint() {
        let continuations = subscribers.withLock { Array($0.continuations.values) }
        for continuation in continuations { continuation.yield() }
    }

    private func unsubscribe(_ id: Int) {
        subscribers.withLock { subscribers in
            subscribers.continuations[id] = nil
            if subscribers.continuations.isEmpty { subscribers.listener = nil }
        }
    }
}

extension PostgresEventLog {
    func write(_ statement: PostgresStatement, _ values: [PostgresValue]) async throws(EventLogError) -> PostgresResult
    {
        do { return try await writer.execute(statement, values) } catch { throw EventLogError(error) }
    }

    func query(_ statement: PostgresStatement, _ values: [PostgresValue]) async throws(EventLogError) -> PostgresResult
    {
        do {
            return try await readers.execute(statement, values, isRepeatable: true)
        } catch .outcomeUnknown(let why) {
            throw .unavailable(why)
        } catch {
            throw EventLogError(error)
        }
    }

    /// Decodes a result; what does not decode is a damaged store.
    func decode<Value>(_ body: () throws(PostgresError) -> Value) throws(EventLogError) -> Value {
        do { return try body() } catch { throw EventLogError(error) }
    }
}

extension EventLogError {
    init(_ error: PostgresError) {
        self =
            switch error {
            case .notSent(let why): .unavailable(why)
            case .outcomeUnknown(let why): .outcomeUnknown(why)
            case .cancelled: .unavailable(error.description)
            case .unexpectedResult(let what): .corrupt(what)
            // Class 22 is a value that cannot be stored, class 23 a broken constraint, 55000 what the triggers raise.
            case .server(let state, _, _) where state.hasPrefix("22") || state.hasPrefix("23") || state == "55000":
                .refused(error.description)
            case .server: .unavailable(error.description)
            }
    }
}
