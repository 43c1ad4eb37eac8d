import Domain
import KubeModel

/// A call that changed nothing, as it goes into the log: a read, a dry run, a no-op, or a refusal.
public struct CallRecord: Sendable {
    public var caller: Caller
    public var callID: CallID
    /// The object or the collection that was asked for (`pods/shop/web-1`, `pods/shop`), or the path.
    public var stream: String
    /// The request's path and query.
    public var uri: String
    public var code: Int
    /// Set for refusals.
    public var reason: String
    public var message: String
    /// The client's own `Audit-ID`, if it sent one.
    public var auditID: String
    /// How many calls this stands for; above 1 for floods of unauthenticated calls.
    public var count: Int
    /// The count of this event within its call: a call may be refused after its service was recorded.
    public var ordinal: Int

    public init(
        caller: Caller, callID: CallID, stream: String, uri: String, code: Int, reason: String = "",
        message: String = "",
        auditID: String = "", count: Int = 1, ordinal: Int = 0
    ) {
        (self.caller, self.callID, self.stream, self.uri, self.code) = (caller, callID, stream, uri, code)
        (self.reason, self.message, self.auditID, self.count) = (reason, message, auditID, count)
        self.ordinal = ordinal
    }

    var event: Event {
        Event(
            stream: stream, revision: 0, type: code < 400 ? EventCatalogue.callServed : EventCatalogue.callRefused,
            isKeyframe: false, payload: payload, caller: caller, callID: callID, ordinal: ordinal)
    }

    /// Written by hand in canonical order: this is one of the hottest paths.
    private var payload: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(64 + uri.utf8.count + message.utf8.count)
        out.append(UInt8(ascii: "{"))
        if !auditID.isEmpty {
            out.append(contentsOf: #""auditID":"#.utf8)
            out.appendJSONString(auditID)
            out.append(UInt8(ascii: ","))
        }
        out.append(contentsOf: #""code":"#.utf8)
        out.appendDecimal(Int64(code))
        if count > 1 {
            out.append(contentsOf: #","count":"#.utf8)
            out.appendDecimal(Int64(count))
        }
        if !message.isEmpty {
            out.append(contentsOf: #","message":"#.utf8)
            out.appendJSONString(message)
        }
        if !reason.isEmpty {
            out.append(contentsOf: #","reason":"#.utf8)
            out.appendJSONString(reason)
        }
        out.append(contentsOf: #","uri":"#.utf8)
        out.appendJSONString(uri)
        out.append(UInt8(ascii: "}"))
        return out
    }
}
