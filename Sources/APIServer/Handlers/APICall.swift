import CommandHandling
import ControlPlane
import Domain
import KubeModel
import Synchronization

/// One request on its way through the server, with what the log will say of it.
struct APICall: Sendable {
    let request: HTTPRequest
    let identity: Identity
    let callID: CallID
    /// What events call the caller: a person by a commitment to their name.
    let subject: String
    /// The API's verb (`get`, `list`, …) or, for other paths, the method in lower case.
    let verb: String
    /// What the call is about, as a stream's name: an object, a collection or a path.
    let stream: String
    let attributes: RequestAttributes
    private let eventCount = EventCount()

    /// - Parameter subject: what events call the caller; the identity's name if none is given.
    init(request: HTTPRequest, identity: Identity, callID: CallID, route: RequestRoute, subject: String? = nil) {
        (self.request, self.identity, self.callID) = (request, identity, callID)
        attributes = RequestAttributes(route)
        self.subject = subject ?? identity.name
        switch route {
        case .resource(let resource):
            verb = resource.verb.rawValue
            stream = Self.printable(Self.stream(resource))
        case .nonResource(let path, let verb):
            self.verb = verb
            stream = Self.printable(path)
        }
    }

    private static func stream(_ resource: ResourceRequest) -> String {
        // A Namespace's own request is "in" it, its object is not.
        let namespace = resource.groupResource == .namespaces ? "" : resource.namespace
        return [resource.groupResource.description, namespace, resource.name].filter { !$0.isEmpty }.joined(
            separator: "/")
    }

    /// A path may decode to characters that the log cannot take as text (U+0000), and may be longer than an entry of the
    /// log: 65,535 bytes hold all that stands in an envelope.
    private static func printable(_ text: String) -> String {
        let text = clipped(text, to: longestStream)
        guard text.utf8.contains(where: { $0 < 32 }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 ? "\u{FFFD}" : $0 }))
    }

    /// Bytes; the names of an object and its namespace are far shorter.
    private static let longestStream = 4096
    private static let longestUserAgent = 1024

    private static func clipped(_ text: String, to length: Int) -> String {
        text.utf8.count <= length ? text : String(decoding: text.utf8.prefix(length), as: UTF8.self)
    }

    var caller: Caller {
        Caller(
            subject: subject, groups: identity.groups,
            userAgent: Self.clipped(request.headers["user-agent"] ?? "", to: Self.longestUserAgent),
            address: request.connection.remoteAddress, verb: verb)
    }

    /// True for calls that change nothing, not even inside a container: `kubectl exec` is a GET as well.
    var isRead: Bool {
        ["GET", "HEAD"].contains(request.method)
            && !["exec", "attach", "portforward", "proxy"].contains(attributes.subresource)
    }

    var origin: CallOrigin { CallOrigin(caller: caller, callID: callID) }

    func record(code: Int, reason: String = "", message: String = "") -> CallRecord {
        CallRecord(
            caller: caller, callID: callID, stream: stream, uri: Self.withoutNames(request.target), code: code,
            reason: reason, message: nameless(message), auditID: request.headers["audit-id"] ?? "",
            ordinal: eventCount.next())
    }

    /// A refusal says in quotes whom it refuses.
    private func nameless(_ message: String) -> String {
        guard subject != identity.name else { return message }
        return message.replacing("\"\(identity.name)\"", with: "\"\(subject)\"")
    }

    /// A search for what a person did states their name in its query.
    private static func withoutNames(_ target: String) -> String {
        guard target.hasPrefix("/apis/\(PurserEndpoints.group)/") else { return target }
        var target = target
        for parameter in ["caller=", "user="] {
            guard let start = target.firstRange(of: parameter)?.upperBound else { continue }
            let end = target[start...].firstIndex(of: "&") ?? target.endIndex
            target.replaceSubrange(start..<end, with: "-")
        }
        return target
    }

    /// Notes that the call's change is in the log, or may be.
    func noteChange() { _ = eventCount.next() }
}

/// How many events of a call are on their way into the log.
private final class EventCount: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
