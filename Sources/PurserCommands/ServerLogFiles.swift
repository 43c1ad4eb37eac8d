import Domain
import EventLog
import KubeClient
import KubeModel
import Merkle

/// The files of a cluster's log, as its server serves them.
struct ServerLogFiles: LogFiles {
    let session: Session
    static let prefix = "/apis/purser.dev/v1alpha1"

    func bytes(of resource: LogResource) async throws -> [UInt8] {
        try await get("log/\(resource.path)")
    }

    func checkpoint(from size: Position?) async throws -> String {
        let query = size.map { [("size", "\($0)")] } ?? []
        return String(decoding: try await get("checkpoint", query: query), as: UTF8.self)
    }

    func get(_ path: String, query: [(String, String)] = []) async throws -> [UInt8] {
        let response = try await session.client.raw("GET", "\(Self.prefix)/\(path)", query: query, accept: "*/*")
        guard (200..<300).contains(response.status) else {
            let failure = response.failure
            if failure.code == 404 { throw LogFileMissing(failure.message) }
            throw failure
        }
        return response.body
    }

    /// The newest signed tree head, once it covers a position: the server signs every few seconds.
    func checkpoint(covering position: Position) async throws -> SignedNote {
        for attempt in 0..<Self.attempts {
            if attempt > 0 { try await Task.sleep(for: .milliseconds(500)) }
            guard let note = SignedNote(try await checkpoint(from: nil)), let head = TreeHead(body: note.text) else {
                throw CommandError("the server's checkpoint cannot be read", next: "use a server of this version")
            }
            if head.size >= position { return note }
            let query = [("after", "\(position - 1)"), ("limit", "1"), ("reads", "true")]
            guard try await !session.purser("GET", "history", query: query).array("items").isEmpty else { break }
        }
        throw CommandError(
            "no signed tree head covers position \(position) yet",
            next: "see with `purser history` whether the log is that long, and with `purser status` whether it runs")
    }

    private static let attempts = 30
}
