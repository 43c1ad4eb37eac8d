import KubeModel

/// A change that a caller wants, prepared on a snapshot: authorised, patched, defaulted, validated, admitted.
///
/// It is accepted at the head of the log if every revision it was prepared on still holds there.
public struct Command: Sendable {
    public var caller: Caller
    public var callID: CallID
    /// The position of the event that led to this command; 0 for a call from outside.
    public var cause: Position
    /// The position of the first call of the chain; 0 if this is the first.
    public var correlation: Position
    /// The term that a controller planned in; nil for calls from outside, which every replica takes.
    public var term: Int64?
    /// What stands before the changes and says what they are together; nil for most commands.
    public var marker: Marker?
    /// All or none of these happen, each decided on what those before it lead to.
    public var changes: [ObjectChange]

    /// An event that changes no state and heads those that do.
    public struct Marker: Sendable, Hashable {
        public var stream: String
        /// From the catalogue.
        public var type: String
        public var payload: JSON

        public init(stream: String, type: String, payload: JSON) {
            (self.stream, self.type, self.payload) = (stream, type, payload)
        }
    }

    public init(
        caller: Caller, callID: CallID, cause: Position = 0, correlation: Position = 0, term: Int64? = nil,
        changes: [ObjectChange]
    ) {
        (self.caller, self.callID, self.cause, self.correlation) = (caller, callID, cause, correlation)
        (self.term, self.changes) = (term, changes)
    }
}

/// One object's part in a command.
public struct ObjectChange: Sendable {
    public enum Content: Sendable {
        /// The canonical members that changed; the whole object if it is new; removed members as null.
        case members([UInt8])
        /// A new or changed Service as a whole, whose addresses and ports `decide` completes at the head.
        case service(JSON, changedMembers: [String])
        case ended

        var isEnd: Bool { if case .ended = self { true } else { false } }
    }

    public var key: ObjectKey
    /// The event's type, from the catalogue.
    public var type: String
    /// The live object's revision that this was prepared on; nil if there must be none.
    public var expected: Revision?
    public var content: Content
    /// For `PodBound`: the node, whose capacity is an invariant.
    public var node: String?
    /// What the event says beyond the object, by name (`verdict`); kept in the log, not in the object.
    public var remarks: JSONObject = [:]

    public init(_ key: ObjectKey, type: String, expected: Revision?, content: Content, node: String? = nil) {
        (self.key, self.type, self.expected) = (key, type, expected)
        (self.content, self.node) = (content, node)
    }
}

/// What `decide` needs to know beside state and command.
public struct DecisionContext: Sendable {
    /// The term of the replica that leads; commands of another term are refused.
    public var term: Int64
    public var serviceRange: AddressRange
    public var nodePorts: ClosedRange<Int64>

    public init(term: Int64, serviceRange: AddressRange, nodePorts: ClosedRange<Int64> = 30000...32767) {
        (self.term, self.serviceRange, self.nodePorts) = (term, serviceRange, nodePorts)
    }
}

/// What the domain says to a command at one state.
public enum Decision: Sendable {
    case events([Event])
    /// The object is not as it was when the command was prepared: prepare it again, or tell the caller.
    case stale(ObjectKey)
    case rejected(KubeStatus)
}
