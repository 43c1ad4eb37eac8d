import Domain
import EventLog
import FoundationEssentials
import KubeModel
import PropertyTesting

/// Makes the events that are measured: pods of a fixed number of streams in namespaces of equal size, revised at random,
/// with a keyframe at creation and at every multiple of the keyframe interval, as the server writes them.
struct EventSource {
    private static let node = Caller(
        subject: "system:node:bench", groups: ["system:nodes"], userAgent: "purser-bench", address: "127.0.0.1:1",
        verb: "patch")
    /// Who makes one change in ten thousand.
    static let person = "alice"
    private static let personCalls = Caller(
        subject: person, groups: ["people"], userAgent: "purser-bench", address: "127.0.0.1:2", verb: "patch")
    /// Pods in a namespace.
    static let namespaceSize = 200

    private(set) var head: LogHead
    private let bytes: Int
    private let run: String
    private let fillers: [String]
    private var revisions: [Revision]
    private var random = SeededRandom(seed: 0x5EED)
    private var calls: UInt64 = 0
    private var time: Int64

    /// - Parameters:
    ///   - head: where the log ends.
    ///   - streams: how many pods there are.
    ///   - bytes: the length of a payload, at least about 200.
    init(head: LogHead, streams: Int, bytes: Int) {
        (self.head, self.bytes, run) = (head, bytes, "r\(head.position)")
        revisions = Array(repeating: 0, count: max(streams, 1))
        time = Self.now()
        var random = SeededRandom(seed: UInt64(bytes))
        // Random hexadecimal digits, so that no compression makes the figures look better than they are.
        fillers = (0..<512).map { _ in
            var text = ""
            while text.utf8.count < bytes { text += String(random.next(), radix: 16) }
            return String(text.prefix(bytes))
        }
    }

    private static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }

    static func namespace(_ stream: Int) -> String { "bench-\(stream / namespaceSize)" }

    /// The name of a pod of the source that began an empty log.
    static func name(_ stream: Int) -> String { "r0-\(stream)" }

    /// The next events, with positions that follow the ones before.
    mutating func batch(_ count: Int) -> [RecordedEvent] {
        time = max(time, Self.now())
        return (0..<count).map { _ in next() }
    }

    private mutating func next() -> RecordedEvent {
        let stream = Int(random.next() % UInt64(revisions.count))
        revisions[stream] += 1
        calls += 1
        let revision = revisions[stream]
        let isKeyframe = revision == 1 || revision % ClusterState.keyframeInterval == 0
        let at = Timestamp(microseconds: time)
        let event = Event(
            stream: "pods/\(Self.namespace(stream))/\(run)-\(stream)", revision: revision,
            type: EventCatalogue.name("Pod", revision == 1 ? .created : .statusChanged), isKeyframe: isKeyframe,
            payload: payload(stream, whole: isKeyframe),
            caller: calls % 10_000 == 0 ? Self.personCalls : Self.node,
            callID: CallID(at: at, random: (random.next(), calls)), ordinal: 0)
        head.position += 1
        return Envelope.record(event, position: head.position, recordedAt: at)
    }

    /// A payload of `bytes` bytes, whatever is in it.
    private mutating func payload(_ stream: Int, whole: Bool) -> [UInt8] {
        let filler = fillers[Int(random.next() % UInt64(fillers.count))].utf8
        let name = "\(run)-\(stream)"
        let start =
            whole
            ? "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"\(name)\",\"namespace\":\"\(Self.namespace(stream))\","
                + "\"uid\":\"\(name)\"},\"spec\":{\"nodeName\":\"n\"},\"status\":{\"message\":\""
            : "{\"status\":{\"message\":\""
        let end = "\",\"phase\":\"Running\"}}"
        return Array(start.utf8) + filler.prefix(max(bytes - start.utf8.count - end.utf8.count, 1)) + Array(end.utf8)
    }
}
