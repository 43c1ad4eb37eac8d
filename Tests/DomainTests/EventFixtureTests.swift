import Domain
import Foundation
import KubeMachinery
import KubeModel
import Testing

/// Events as a released version wrote them: two lines an event, its envelope and its payload. A file, once released, is
/// never changed; a version that writes events of another form adds one:
///
///     PURSER_RECORD_EVENTS=$PWD/Tests/DomainTests/Fixtures/events-3.jsonl swift test --filter EventRecordingTests
///
/// The first file is of a cluster with a node agent, those after it of a server in memory that lives through everything.
@Suite("Events of released versions")
struct EventFixtureTests {
    struct Release: Sendable {
        var file: String
        var events: Int
        /// Of the state that they fold to.
        var hash: String
    }

    static let releases = [
        Release(
            file: "events-1.jsonl", events: 46,
            hash: "de25e48d35dbdd47085595ca192ebdd02f06f9cda0987fb5ac4349750a4cd4c3"),
        Release(
            file: "events-2.jsonl", events: 314,
            hash: "de61ab93d2b10ee11b78eef87068fea3fa84173d7fbad36107726f516138680f"),
    ]

    private static func events(_ release: Release) throws -> [RecordedEvent] {
        let path = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "Fixtures/\(release.file)")
        let lines = try Data(contentsOf: path).split(separator: UInt8(ascii: "\n")).map { [UInt8]($0) }
        return try stride(from: 0, to: lines.count, by: 2).map {
            try Envelope.decode(lines[$0], payload: lines[$0 + 1])
        }
    }

    @Test("have every type of the catalogue among them")
    func everyType() throws {
        let found = Set(try Self.releases.flatMap(Self.events).map(\.event.type))
        let known = EventCatalogue.types(of: .builtIn)
        #expect(known.subtracting(found).isEmpty)
        #expect(found.subtracting(known).isEmpty)
    }

    @Test("are read to the byte and fold to the state that they always folded to", arguments: releases)
    func folds(_ release: Release) throws {
        let events = try Self.events(release)
        #expect(events.count == release.events)
        var state = ClusterState()
        for recorded in events {
            let again = Envelope.record(recorded.event, position: recorded.position, recordedAt: recorded.recordedAt)
            #expect(again == recorded, "position \(recorded.position)")
            var present = recorded
            present.event.payload = try Upcaster.released.payload(
                recorded.event.payload, type: recorded.event.type, version: recorded.event.version)
            try state.apply(present)
        }
        #expect(state.position == Position(release.events))
        #expect(state.contentHash().hexadecimal == release.hash)
    }
}
