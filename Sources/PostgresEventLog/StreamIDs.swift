import Domain
import Synchronization

/// Streams that were appended to of late, so that appending needs no look-up.
final class StreamIDs: Sendable {
    struct Stream: Sendable {
        var id: Int64
        /// Of its last event as far as is known here; other replicas may have written more.
        var revision: Revision
    }

    /// Beyond so many the memory starts afresh: about 10 MB.
    private static let capacity = 100_000

    private let streams = Mutex<[String: Stream]>([:])

    subscript(name: String) -> Stream? { streams.withLock { $0[name] } }

    func insert(_ new: [String: Stream]) {
        guard !new.isEmpty else { return }
        streams.withLock { streams in
            if streams.count + new.count > Self.capacity { streams.removeAll(keepingCapacity: true) }
            streams.merge(new) { $0.revision > $1.revision ? $0 : $1 }
        }
    }
}
