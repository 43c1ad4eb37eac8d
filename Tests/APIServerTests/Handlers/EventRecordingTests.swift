import Domain
import Foundation
import Testing

@testable import APIServer

@Suite("What a cluster leaves in its log")
struct EventRecordingTests {
    /// With `PURSER_RECORD_EVENTS` the events are written to that file, in the form of the fixtures of released
    /// versions in `Tests/DomainTests/Fixtures`: two lines an event, its envelope and its payload.
    @Test("events of every type of the catalogue, which fold to the state that wrote them")
    func everyType() async throws {
        let (events, hash) = try await ClusterLife.record()
        var state = ClusterState()
        var lines = Data()
        for event in events {
            let decoded = try Envelope.decode(event.envelope, payload: event.event.payload)
            try state.apply(decoded)
            lines += event.envelope + [UInt8(ascii: "\n")] + event.event.payload + [UInt8(ascii: "\n")]
        }
        #expect(state.contentHash() == hash)
        let missing = EventCatalogue.types(of: .builtIn).subtracting(events.map(\.event.type))
        #expect(missing.isEmpty, "\(missing.sorted())")
        if let path = ProcessInfo.processInfo.environment["PURSER_RECORD_EVENTS"] {
            try lines.write(to: URL(filePath: path))
        }
    }
}
