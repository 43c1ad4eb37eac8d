import Domain

/// A stretch of the log that is kept as one: a partition of its table, and once it is archived a file beside it.
public struct LogSegment: Sendable, Hashable {
    public var first: Position
    public var last: Position
    /// The file in the archive that holds the bytes of its events; nil while they lie in the database.
    public var file: String?
    /// That file's SHA-256 when it was archived.
    public var sha256: [UInt8]?
    public init(_ range: ClosedRange<Position>, file: String? = nil, sha256: [UInt8]? = nil) {
        (first, last, self.file, self.sha256) = (range.lowerBound, range.upperBound, file, sha256)
    }
}

/// The bytes of an event that no longer lie in the database.
public struct ArchivedEvent: Sendable, Hashable {
    public var envelope: [UInt8]
    public var payload: [UInt8]
    public init(envelope: [UInt8], payload: [UInt8]) { (self.envelope, self.payload) = (envelope, payload) }
}

/// Where the bytes of archived segments lie. What it hands out is not compared with anything: readers check the hashes
/// where it matters, as they do with the database.
public protocol EventArchive: Sendable {
    /// The events at some positions of one segment, which rise, in that order.
    func events(at positions: [Position], of segment: LogSegment) async throws(EventLogError) -> [ArchivedEvent]
}
