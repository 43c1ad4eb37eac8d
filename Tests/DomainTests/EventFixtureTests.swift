import Domain
import Foundation
import KubeModel
import Testing

/// Events as a released version wrote them: two lines an event, its envelope and its payload. A file, once released, is
/// never changed; a version that writes events of another form adds one.
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
            hash: "de25e48d35dbdd47085595ca192ebdd02f06f9cda0987fb5ac4349750a4cd4c3")
    ]

    @Test("are read to the byte and fold to the state that they always folded to", arguments: releases)
    func folds(_ release: Release) throws {
        let path = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "Fixtures/\(release.file)")
        let lines = try Data(contentsOf: path).split(separator: UInt8(ascii: "\n")).map { [UInt8]($0) }
        #expect(lines.count == 2 * release.events)
        var state = ClusterState()
        for start in stride(from: 0, to: lines.count, by: 2) {
            let recorded = try Envelope.decode(lines[start], payload: lines[start + 1])
            let again = Envelope.record(recorded.event, position: recorded.position, recordedAt: recorded.recordedAt)
            #expect(again == recorded, "position \(recorded.position)")
            try state.apply(recorded)
        }
        #expect(state.position == Position(release.events))
        #expect(state.contentHash().hexadecimal == release.hash)
    }
}
