import Domain
import Foundation
import KubeMachinery
import Testing

@Suite struct EventCatalogueTests {
    private static let page = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/events.md")

    @Test("docs/events.md is what the catalogue says; PURSER_UPDATE_DOCS=1 writes it anew") func document() throws {
        let text = Self.document
        if ProcessInfo.processInfo.environment["PURSER_UPDATE_DOCS"] == "1" {
            try Data(text.utf8).write(to: Self.page)
        }
        #expect(try String(contentsOf: Self.page, encoding: .utf8) == text)
    }

    @Test("no two types of the catalogue share a name") func distinct() {
        let names = (Self.kinds + [EventCatalogue.customKind]).flatMap { kind in
            EventCatalogue.Suffix.allCases.map { EventCatalogue.name(kind, $0) }
        }
        let all = names + EventCatalogue.fixed.map(\.name)
        #expect(Set(all).count == all.count)
    }

    private static let kinds = Registry.builtIn.types.filter { !$0.isView }.map(\.kind.kind).sorted()

    /// Of most kinds, then those of others.
    private static func versions(_ suffix: EventCatalogue.Suffix) -> String {
        let types = (kinds + [EventCatalogue.customKind]).map { EventCatalogue.name($0, suffix) }
        let others = types.filter { EventCatalogue.version(of: $0) > 1 }
        return (["1"] + others.map { "`\($0)`: \(EventCatalogue.version(of: $0))" }).joined(separator: ", ")
    }

    private static var document: String {
        let objects = EventCatalogue.Suffix.allCases.map { suffix in
            "| `<Kind>\(suffix.rawValue)` | \(versions(suffix)) | \(suffix.feeds.rawValue) | \(suffix.meaning) |"
        }
        let fixed = EventCatalogue.fixed.map {
            "| `\($0.name)` | \($0.version) | \($0.feeds.rawValue) | \($0.meaning) |"
        }
        return """
            # Events

            <!-- Written from Domain.EventCatalogue by EventCatalogueTests: PURSER_UPDATE_DOCS=1 swift test \
            --filter EventCatalogueTests -->

            Everything that happens is an event in one log; the state is a fold over the events. The catalogue is closed: \
            a type is one of the names below. `purser history` shows them.

            An event feeds the *desired* state (what callers asked for), the *actual* state (what was observed), or *none*: \
            then it is in the books, but replay passes over it.

            ## Events of objects

            One event changes exactly one object, whose stream is `<resource>.<group>/<namespace>/<name>`. \
            `<Kind>` is one of \(kinds.map { "`\($0)`" }.joined(separator: ", ")), \
            or `\(EventCatalogue.customKind)` for objects of all kinds that CustomResourceDefinitions define: their \
            streams tell the kind.

            | type | version | feeds | meaning |
            | --- | --- | --- | --- |
            \(objects.joined(separator: "\n"))

            The payload is canonical JSON: the top-level members that changed, each whole; at creation and every 32 revisions \
            the whole object (a keyframe).

            ## Other events

            | type | version | feeds | meaning |
            | --- | --- | --- | --- |
            \(fixed.joined(separator: "\n"))

            ## Versions

            Each type has a version, which says in what form its payload is. A type, once released, stays, and so does \
            what a version of it means; when a form has to change, the type gets the next version, and a step that leads \
            from the form before to the new one. Events of earlier versions go through those steps when they are read to \
            be folded or shown (`history`, `why`, `--at`, subscriptions); what is hashed, proved, verified, exported and \
            backed up is what was recorded, for ever. A Purser that meets a version it does not know says so and stops.

            ## The envelope

            Each event is hashed into the log's Merkle tree as an RFC 6962 leaf over its envelope: canonical JSON of these \
            members, stored as it was hashed.

            | member | meaning |
            | --- | --- |
            | `call`, `ordinal` | the request that led to the event, and the event's number in it |
            | `caller` | who asked: subject, groups, user agent, address, verb |
            | `cause`, `correlation` | the positions of the event that led to this one and of the first of the chain |
            | `keyframe` | true if the payload is the whole object |
            | `payload` | SHA-256 of the payload, hexadecimal |
            | `position` | 1, 2, 3 … over the whole log, without gaps; an object's `resourceVersion` |
            | `recordedAt` | microseconds since 1970, by the server's clock; never falls |
            | `revision` | 1, 2, 3 … in the stream; absent where no state changes |
            | `stream`, `type` | what the event is about, and what it says |
            | `version` | of the type; absent for 1 |

            """
    }
}
