import Synchronization

/// Ids of streams that were used of late, so that appending needs no look-up.
final class StreamIDs: Sendable {
    /// Beyond so many the memory starts afresh: about 10 MB.
    private static let capacity = 100_000

    private let ids = Mutex<[String: Int64]>([:])

    subscript(stream: String) -> Int64? { ids.withLock { $0[stream] } }

    func insert(_ new: [(id: Int64, name: String)]) {
        guard !new.isEmpty else { return }
        ids.withLock { ids in
            if ids.count + new.count > Self.capacity { ids.removeAll(keepingCapacity: true) }
            for (id, name) in new { ids[name] = id }
        }
    }
}
