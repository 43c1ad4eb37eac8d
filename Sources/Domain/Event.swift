import KubeModel

/// The place of an event in the log: 1, 2, 3 … without gaps. 0 stands for "before the first event".
public typealias Position = Int64
/// The count of state-changing events of one stream: 1, 2, 3 …
public typealias Revision = Int64

/// Who made a call, as the log keeps it.
public struct Caller: Sendable, Hashable {
    /// `kubernetes-admin`, `system:node:n1`, `system:controller:deployment`.
    public var subject: String
    public var groups: [String]
    public var userAgent: String
    /// The caller's address without the port; empty for what runs inside the server.
    public var address: String
    /// The API verb: `create`, `get`, `list`, `watch`, `update`, `patch`, `delete`, …
    public var verb: String

    public init(subject: String, groups: [String] = [], userAgent: String = "", address: String = "", verb: String = "")
    {
        (self.subject, self.groups, self.userAgent) = (subject, groups, userAgent)
        (self.address, self.verb) = (address, verb)
    }
}

/// The id of one request: a UUID of version 7 (RFC 9562), so that ids of one time lie together in an index.
public struct CallID: Sendable, Hashable, CustomStringConvertible {
    /// The sixteen bytes, most significant first.
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// Builds a version 7 id from a time and randomness, both given, because this module reads no clock.
    public init(at time: Timestamp, random: (UInt64, UInt64)) {
        let milliseconds = UInt64(bitPattern: time.microseconds / 1000) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | (random.0 & 0x0FFF)
        low = 0x8000_0000_0000_0000 | (random.1 & 0x3FFF_FFFF_FFFF_FFFF)
    }

    public var bytes: [UInt8] {
        [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }

    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
        }
        self.init(high: words.0, low: words.1)
    }

    /// The usual text form of a UUID.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        write(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the text form.
    func write(to out: inout [UInt8]) {
        for digit in 0..<32 {
            if digit == 8 || digit == 12 || digit == 16 || digit == 20 { out.append(UInt8(ascii: "-")) }
            let word = digit < 16 ? high : low
            out.append([UInt8].hexadecimalDigit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (digit & 15))) & 15))
        }
    }

    public init?(_ text: String) {
        var (high, low, count): (UInt64, UInt64, Int) = (0, 0, 0)
        for character in text.utf8 where character != UInt8(ascii: "-") {
            guard let digit = Self.value(ofDigit: character) else { return nil }
            if count < 16 { high = high << 4 | digit } else { low = low << 4 | digit }
            count += 1
        }
        guard count == 32 else { return nil }
        self.init(high: high, low: low)
    }

    private static func value(ofDigit character: UInt8) -> UInt64? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(character - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(character - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(character - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

/// A fact that was decided, before it has a position.
public struct Event: Sendable, Hashable {
    /// The object (or the collection, for reads) it belongs to, as `ObjectKey.description` writes it.
    public var stream: String
    /// The stream's count with this event; 0 for events that change no state.
    public var revision: Revision
    /// A name of the catalogue: `DeploymentCreated`, `CallServed`.
    public var type: String
    /// The version of the type, which says in what form the payload is: see ``Upcaster``.
    public var version: Int
    /// True if the payload is the whole object rather than its changed members.
    public var isKeyframe: Bool
    /// Canonical JSON: the top-level members that changed, each whole; a removed one is null.
    public var payload: [UInt8]
    public var caller: Caller
    public var callID: CallID
    /// The count of this event within its call, from 0.
    public var ordinal: Int
    /// The position of the event that led to this one; 0 for none.
    public var cause: Position
    /// The position of the first call of the chain; 0 where that is this event itself.
    public var correlation: Position

    /// - Parameter version: nil for the version in which events of the type are written now.
    public init(
        stream: String, revision: Revision, type: String, version: Int? = nil, isKeyframe: Bool, payload: [UInt8],
        caller: Caller, callID: CallID, ordinal: Int, cause: Position = 0, correlation: Position = 0
    ) {
        (self.stream, self.revision, self.type) = (stream, revision, type)
        self.version = version ?? Upcaster.released.version(of: type)
        (self.isKeyframe, self.payload, self.caller) = (isKeyframe, payload, caller)
        (self.callID, self.ordinal, self.cause, self.correlation) = (callID, ordinal, cause, correlation)
    }

    public var changesState: Bool { revision > 0 }

    /// The event with the first of its call as its cause, where it is a later one that names none.
    public func following(first: Position) -> Event {
        guard ordinal > 0, cause == 0 else { return self }
        var event = self
        (event.cause, event.correlation) = (first, first)
        return event
    }
}

/// An event with its place in the log and the bytes that were hashed.
public struct RecordedEvent: Sendable, Hashable {
    public var position: Position
    public var recordedAt: Timestamp
    public var event: Event
    /// The canonical envelope; its RFC 6962 leaf hash is the event's leaf in the tree.
    public var envelope: [UInt8]
    /// SHA-256(0x00 ‖ envelope), 32 bytes.
    public var leaf: [UInt8]

    public init(position: Position, recordedAt: Timestamp, event: Event, envelope: [UInt8], leaf: [UInt8]) {
        (self.position, self.recordedAt, self.event) = (position, recordedAt, event)
        (self.envelope, self.leaf) = (envelope, leaf)
    }
}
