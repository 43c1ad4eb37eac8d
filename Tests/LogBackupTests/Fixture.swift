import Domain
import EventLog
import Merkle
import Testing

extension NoteSigner {
    /// The signer of the logs of these tests.
    static func ofTests(seed: UInt8 = 4) throws -> NoteSigner {
        try #require(NoteSigner(name: "purser.dev/log/x", seed: [UInt8](repeating: seed, count: 32)))
    }
}

extension EventLog {
    /// The bytes of its events, as an archive hands them out.
    func archived(_ range: ClosedRange<Position>) async throws -> [ArchivedEvent] {
        try await stored(after: range.lowerBound - 1, limit: range.count).map {
            ArchivedEvent(envelope: $0.envelope, payload: $0.payload)
        }
    }
}
