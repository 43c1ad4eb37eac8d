import Domain
import KubeModel

/// Where the log ends.
public struct LogHead: Sendable, Hashable {
    /// The number of events, which is the size of the Merkle tree too.
    public var position: Position
    /// The leader's term; it only grows.
    public var term: Int64
    public init(position: Position, term: Int64) { (self.position, self.term) = (position, term) }
}

public enum AppendOutcome: Sendable, Hashable {
    case appended
    /// The head is not where the batch was decided: another replica wrote. Read on from there and decide again.
    case stale(LogHead)
}

public enum EventLogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The log cannot be reached; nothing was sent, or the batch was surely refused.
    case unavailable(String)
    /// The connection was lost while committing: look the call id up once the log is back.
    case outcomeUnknown(String)
    /// The batch breaks a rule of the log (a gap, a time that goes back, a call or a revision twice). It is not in
    /// the log, and sending it again will not help.
    case refused(String)
    /// The stored data contradict the log's own rules.
    case corrupt(String)
    /// Events lie in a file of the archive that is not where it is looked for.
    case archiveMissing(String)
    /// Somebody else uses what is needed, for longer than this one waits. Nothing was changed.
    case busy(String)
    /// The log was written by a newer Purser, whose events this one does not understand.
    case tooNew(String)

    /// What it says, without its kind.
    public var reason: String {
        switch self {
        case .unavailable(let text), .outcomeUnknown(let text), .refused(let text), .corrupt(let text),
            .archiveMissing(let text), .busy(let text), .tooNew(let text):
            text
        }
    }

    public var description: String { reason }
}

/// What a reader wants to see.
public enum EventFilter: Sendable, Hashable {
    case all
    /// Only events that change state (`revision > 0`); reads and refusals are skipped by index.
    case stateOnly
}

/// The least that replay needs of a state-changing event in its present form, in the order of the log.
public struct ReplayRow: Sendable {
    public var position: Position
    public var recordedAt: Timestamp
    public var stream: String
    public var revision: Revision
    public var type: String
    public var version: Int
    public var isKeyframe: Bool
    public var payload: [UInt8]
    public init(
        position: Position, recordedAt: Timestamp, stream: String, revision: Revision, type: String, version: Int,
        isKeyframe: Bool, payload: [UInt8]
    ) {
        (self.position, self.recordedAt, self.stream, self.revision) = (position, recordedAt, stream, revision)
        (self.type, self.version, self.isKeyframe, self.payload) = (type, version, isKeyframe, payload)
    }
}

/// A stream as of a position.
public struct StreamMoment: Sendable, Hashable {
    public var stream: String
    public var position: Position
    public init(_ stream: String, at position: Position) { (self.stream, self.position) = (stream, position) }
}

/// An event as it lies in the store: the hashed bytes and the columns beside them, not compared with each other.
public struct StoredEvent: Sendable, Hashable {
    public var position: Position
    public var recordedAt: Timestamp
    public var stream: String
    public var revision: Revision
    public var type: String
    public var version: Int
    public var isKeyframe: Bool
    public var callID: CallID
    public var ordinal: Int
    /// The caller's subject.
    public var caller: String
    public var verb: String
    /// The resource and the namespace are stored; the name is in the stream's.
    public var target: EventTarget
    public var envelope: [UInt8]
    public var payload: [UInt8]
    public var leaf: [UInt8]
    /// Nil also where the store has not noted them.
    public var members: ChangedMembers?
    public init(
        position: Position, recordedAt: Timestamp, stream: String, revision: Revision, type: String, version: Int,
        isKeyframe: Bool, callID: CallID, ordinal: Int, caller: String, verb: String, target: EventTarget,
        envelope: [UInt8],
        payload: [UInt8], leaf: [UInt8], members: ChangedMembers?
    ) {
        (self.position, self.recordedAt, self.stream, self.revision) = (position, recordedAt, stream, revision)
        (self.type, self.version, self.isKeyframe) = (type, version, isKeyframe)
        (self.callID, self.ordinal) = (callID, ordinal)
        (self.caller, self.verb, self.target) = (caller, verb, target)
        (self.envelope, self.payload, self.leaf, self.members) = (envelope, payload, leaf, members)
    }

    /// What an event is stored as.
    public init(_ recorded: RecordedEvent) {
        let event = recorded.event
        self.init(
            position: recorded.position, recordedAt: recorded.recordedAt, stream: event.stream,
            revision: event.revision, type: event.type, version: event.version, isKeyframe: event.isKeyframe,
            callID: event.callID, ordinal: event.ordinal, caller: event.caller.subject, verb: event.caller.verb,
            target: EventTarget(event).collection, envelope: recorded.envelope, payload: event.payload,
            leaf: recorded.leaf, members: ChangedMembers(event))
    }

    /// Whether the columns are what an event is stored as. What it sets may be left open: whoever reads it then looks.
    public func isCopy(of recorded: RecordedEvent) -> Bool {
        var copy = StoredEvent(recorded)
        if members == nil { copy.members = nil }
        return copy == self
    }
}

/// The append-only log as a port. Positions are dense; what is appended is never changed.
///
/// Whatever is read to be folded or shown comes in the present form of its type (``Upcaster``); `stored` hands out what
/// was recorded. An event that is too new to be understood throws ``EventLogError/tooNew(_:)``.
public protocol EventLog: Sendable {
    /// The durable end of the log.
    func head() async throws(EventLogError) -> LogHead

    /// Appends events whose positions follow `expected.position` without a gap, all or none, durably, if the head
    /// is still `expected`. Every event carries its final position, time, envelope and leaf; times never fall.
    func append(_ events: [RecordedEvent], expected: LogHead) async throws(EventLogError) -> AppendOutcome

    /// Takes the next term if the head's term is still `current`; returns the head afterwards, nil if it was not.
    func advanceTerm(from current: Int64) async throws(EventLogError) -> LogHead?

    /// At most `limit` events with `position > after`, rising.
    func read(after: Position, limit: Int, filter: EventFilter) async throws(EventLogError) -> [RecordedEvent]

    /// At most `limit` events as they lie in the store, with `position > after`, rising, unchecked: for verifying.
    func stored(after: Position, limit: Int) async throws(EventLogError) -> [StoredEvent]

    /// At most `limit` events of one stream in `after < position <= through`, rising, or falling from `through` if
    /// `newestFirst`.
    func readStream(
        _ stream: String, after: Position, through: Position, limit: Int, newestFirst: Bool, filter: EventFilter
    ) async throws(EventLogError) -> [RecordedEvent]

    /// All events (reads too, if the filter says so) whose stream starts with a prefix such as `pods/shop/`.
    func readStreams(prefix: String, after: Position, through: Position, limit: Int, filter: EventFilter)
        async throws(EventLogError) -> [RecordedEvent]

    /// Events in `after < position <= through` that a query admits, at most `limit`, in the order of the log or the
    /// newest first. Takes no longer for a page far away than for the first one.
    func find(_ query: EventQuery, after: Position, through: Position, limit: Int, newestFirst: Bool)
        async throws(EventLogError) -> EventPage

    /// Streams with state whose names start with `prefix`, that existed at `through`, in the order of their bytes.
    func streams(prefix: String, through: Position) async throws(EventLogError) -> [String]

    /// Of those, the streams whose objects were there at a position: neither before their creation nor after their end.
    func liveStreams(prefix: String, at position: Position) async throws(EventLogError) -> [String]

    /// Of the streams under any of these prefixes, those with a state-changing event in `after < position <= through`.
    func changedStreams(prefixes: [String], after: Position, through: Position) async throws(EventLogError) -> [String]

    /// What makes up each of these objects at its moment: of its events from the last multiple of the keyframe interval
    /// to its newest one at or before the position those that have a part in it (``ChangedMembers/parts(_:)``), rising;
    /// empty for one that never was.
    func forms(_ moments: [StreamMoment]) async throws(EventLogError) -> [[ReplayRow]]

    /// Hands over every state-changing event in `after < position <= through`, in batches, in order.
    func replay(after: Position, through: Position, _ body: @Sendable ([ReplayRow]) async throws -> Void) async throws

    /// The last position recorded at or before a time; 0 if there is none.
    func position(at time: Timestamp) async throws(EventLogError) -> Position

    /// The positions of a call's events, empty if it never happened. Waits for a transaction in flight to end first,
    /// so that the answer is final.
    func lookUp(_ call: CallID) async throws(EventLogError) -> [RecordedEvent]

    /// Yields when somebody appended, within 250 ms even where a notice was lost; only a hint to read.
    func hints() -> AsyncStream<Void>

    /// Leaf hashes of positions in a range (1-based, inclusive), 32 bytes each, as stored beside the envelopes.
    func leaves(_ range: ClosedRange<Position>) async throws(EventLogError) -> [[UInt8]]

    /// Stored full tiles of the tree, `index` of level `level` (256 hashes, 8,192 bytes); nil where not stored yet.
    func tile(level: Int, index: Int64) async throws(EventLogError) -> [UInt8]?
    func store(tile: [UInt8], level: Int, index: Int64) async throws(EventLogError)

    /// Signed tree heads (C2SP signed notes), newest last.
    func store(checkpoint note: [UInt8], size: Position, at: Timestamp) async throws(EventLogError)
    func latestCheckpoint() async throws(EventLogError) -> (size: Position, note: [UInt8])?
    /// The smallest signed tree head of at least a size.
    func checkpoint(from size: Position) async throws(EventLogError) -> (size: Position, note: [UInt8])?

    /// Keeps a cosignature of a signed tree head, as its line in the note. Of each witness (its verifier key) the first
    /// of a size stays.
    func store(cosignature line: String, of witness: String, size: Position) async throws(EventLogError)
    /// The cosignatures of a size, as lines of a note.
    func cosignatures(size: Position) async throws(EventLogError) -> [String]
    /// The newest signed tree head that a witness cosigned.
    func latestCosignedCheckpoint() async throws(EventLogError) -> (size: Position, note: [UInt8])?

    /// Snapshots of the state, so that a start need not replay everything. Droppable at any time.
    func store(snapshot: [UInt8], position: Position) async throws(EventLogError)
    func latestSnapshot(through: Position) async throws(EventLogError) -> (position: Position, bytes: [UInt8])?

    /// The stretches that the log is kept in, rising; the last ones may not be full. Empty where it is kept as one.
    func segments() async throws(EventLogError) -> [LogSegment]
}

extension EventLog {
    public func segments() async throws(EventLogError) -> [LogSegment] { [] }

    /// The state-changing events of one stream, as above.
    public func readStream(_ stream: String, after: Position, through: Position, limit: Int, newestFirst: Bool)
        async throws(EventLogError) -> [RecordedEvent]
    {
        try await readStream(
            stream, after: after, through: through, limit: limit, newestFirst: newestFirst, filter: .stateOnly)
    }
}

/// The erasable table beside the log: keys, salts and names that can be destroyed while the log stays whole.
public protocol KeyTable: Sendable {
    /// Stores a wrapped key under an id (`secret/<uid>`); an id that exists is left as it is.
    func store(key: [UInt8], id: String) async throws(EventLogError)
    func key(id: String) async throws(EventLogError) -> [UInt8]?
    func keys(idPrefix: String) async throws(EventLogError) -> [String: [UInt8]]
    /// Destroys a key by its id, or a person's entry by the commitment to it (so that whoever came back since keeps the
    /// entry that has the id now). What it sealed can never be read again.
    func destroy(id: String) async throws(EventLogError)
}
