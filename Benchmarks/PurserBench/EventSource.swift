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
    /// Who makes another one in ten thousand.
    static let rareNode = "rare"
    private static let rareNodeCalls = Caller(
        subject: "system:node:\(rareNode)", groups: ["system:nodes"], userAgent: "purser-bench", address: "127.0.0.1:3",
        verb: "patch")
    /// Pods in a namespace.
    static let namespaceSize = 200

    /// A namespace whose pods are large and in the end as many changes behind their last keyframe as there can be; the
    /// changes lie evenly spread over the log.
    static let farNamespace = "bench-far"
    private static let farRevisions = Int(2 * ClusterState.keyframeInterval - 1)
    private static let farSizes = Sizes(change: 1500, object: 4000)

    /// Lengths of payloads, in bytes.
    struct Sizes: Sendable {
        var change: Int
        /// Of a whole object.
        var object: Int
    }

    private(set) var head: LogHead
    private let sizes: Sizes
    private let run: String
    private let fillers: [String]
    private var revisions: [Revision]
    /// Every so many events belong to the far namespace, until it has all of its own.
    private let farInterval: Position?
    private var farEvents = 0
    private var random = SeededRandom(seed: 0x5EED)
    private var calls: UInt64 = 0
    private var time: Int64

    /// - Parameters:
    ///   - head: where the log ends.
    ///   - streams: how many pods there are.
    ///   - sizes: at least about 250 bytes each.
    ///   - end: where the log ends after the last batch; the far namespace is left out if it is nil.
    init(head: LogHead, streams: Int, sizes: Sizes, end: Position? = nil) {
        (self.head, self.sizes, run) = (head, sizes, "r\(head.position)")
        revisions = Array(repeating: 0, count: max(streams, 1))
        let farCount = Position(Self.namespaceSize * Self.farRevisions)
        farInterval = end.map { max(($0 - head.position) / farCount, 1) }
        time = Self.now()
        var random = SeededRandom(seed: UInt64(sizes.change))
        let longest = max(sizes.object, sizes.change, Self.farSizes.object)
        // Random hexadecimal digits, so that no compression makes the figures look better than they are.
        fillers = (0..<512).map { _ in
            var text = ""
            while text.utf8.count < longest { text += String(random.next(), radix: 16) }
            return String(text.prefix(longest))
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

    private struct Change {
        var namespace: String
        var name: String
        var revision: Revision
        var sizes: Sizes
    }

    private mutating func nextChange() -> Change {
        if let farInterval, head.position % farInterval == 0, farEvents < Self.namespaceSize * Self.farRevisions {
            defer { farEvents += 1 }
            let (round, pod) = farEvents.quotientAndRemainder(dividingBy: Self.namespaceSize)
            return Change(
                namespace: Self.farNamespace, name: "\(run)-\(pod)", revision: Revision(round + 1),
                sizes: Self.farSizes)
        }
        let stream = Int(random.next() % UInt64(revisions.count))
        revisions[stream] += 1
        return Change(
            namespace: Self.namespace(stream), name: "\(run)-\(stream)", revision: revisions[stream], sizes: sizes)
    }

    private mutating func next() -> RecordedEvent {
        let change = nextChange()
        calls += 1
        let isKeyframe = change.revision == 1 || change.revision % ClusterState.keyframeInterval == 0
        let at = Timestamp(microseconds: time)
        let event = Event(
            stream: "pods/\(change.namespace)/\(change.name)", revision: change.revision,
            type: EventCatalogue.name("Pod", change.revision == 1 ? .created : .statusChanged), isKeyframe: isKeyframe,
            payload: isKeyframe ? object(change) : members(change), caller: caller,
            callID: CallID(at: at, random: (random.next(), calls)), ordinal: 0)
        head.position += 1
        return Envelope.record(event, position: head.position, recordedAt: at)
    }

    private var caller: Caller {
        switch calls % 10_000 {
        case 0: Self.personCalls
        case 5000: Self.rareNodeCalls
        default: Self.node
        }
    }

    /// A pod that no controller of a server on the log finds anything to do for.
    private mutating func object(_ change: Change) -> [UInt8] {
        let status = status(change.sizes.change).dropFirst()
        let start =
            "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\(Self.identity(change))},"
            + "\"spec\":{\"schedulerName\":\"nobody\""
        let room = change.sizes.object - start.utf8.count - status.count
        let more = room > 20 ? ",\"subdomain\":\"" + String(decoding: filler(room - 18), as: UTF8.self) + "\"" : ""
        return Array((start + more + "},").utf8) + status
    }

    /// What a change sets: mostly the status, now and then the metadata or the spec.
    private mutating func members(_ change: Change) -> [UInt8] {
        switch change.revision % 16 {
        case 4:
            sized(change.sizes.change, "{\"metadata\":{\"annotations\":{\"note\":\"", "\"},\(Self.identity(change))}}")
        case 12: sized(change.sizes.change, "{\"spec\":{\"schedulerName\":\"nobody\",\"subdomain\":\"", "\"}}")
        default: status(change.sizes.change)
        }
    }

    private static func identity(_ change: Change) -> String {
        "\"name\":\"\(change.name)\",\"namespace\":\"\(change.namespace)\",\"uid\":\"\(change.name)\""
    }

    private mutating func status(_ bytes: Int) -> [UInt8] {
        sized(bytes, "{\"status\":{\"message\":\"", "\",\"phase\":\"Pending\"}}")
    }

    /// Random text between two others, so that all of them have a length.
    private mutating func sized(_ bytes: Int, _ start: String, _ end: String) -> [UInt8] {
        Array(start.utf8) + filler(max(bytes - start.utf8.count - end.utf8.count, 1)) + Array(end.utf8)
    }

    private mutating func filler(_ count: Int) -> Substring.UTF8View {
        fillers[Int(random.next() % UInt64(fillers.count))].utf8.prefix(count)
    }
}
