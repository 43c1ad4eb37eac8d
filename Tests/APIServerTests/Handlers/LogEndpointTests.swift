import Domain
import EventLog
import Foundation
import KubeModel
import Merkle
import Testing

@testable import APIServer
@testable import ControlPlane

private let root = "/apis/purser.dev/v1alpha1"

/// Waits for reads and refusals, which are answered before they are durable.
private func events(_ desk: APIDesk, until fits: ([RecordedEvent]) -> Bool) async throws -> [RecordedEvent] {
    for _ in 0..<5000 {
        let events = try await desk.cluster.log.read(after: 0, limit: 1000, filter: .all)
        if fits(events) { return events }
        try await Task.sleep(for: .milliseconds(2))
    }
    throw ProofError("the event did not come")
}

private func configMap(_ name: String) -> JSON { ["metadata": ["name": .string(name)], "data": ["a": "1"]] }

@Suite("The log's own endpoints")
struct LogEndpointTests {
    @Test("its files lie in C2SP's layout: what cannot change may be kept for ever, a checkpoint may not")
    func files() async throws {
        let path = NSTemporaryDirectory() + "purser-heads-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await APIDesk.run { desk in
            #expect(await desk.call("GET", "\(root)/log/checkpoint").status == 404)
            for name in ["a", "b", "c"] {
                try await desk.create("/api/v1/namespaces/shop/configmaps", configMap(name))
            }
            let key = try #require(NoteSigner(name: "purser.dev/log/test", seed: Array(0..<32)))
            let signer = try await TreeHeadSigner(
                log: desk.cluster.log, origin: key.name, signer: key, store: TreeHeadDirectory(path))
            let note = try #require(try await signer.sign(at: Timestamp(seconds: 1)))
            let size = Int(await signer.signedSize)
            let stored = try await desk.cluster.log.read(after: 0, limit: size, filter: .all)

            let checkpoint = await desk.call("GET", "\(root)/log/checkpoint")
            #expect(checkpoint.text == note)
            #expect(checkpoint.header("cache-control") == "no-cache")
            #expect(await desk.call("GET", "\(root)/checkpoint?size=1").text == note)
            #expect(await desk.call("GET", "\(root)/log/tree-heads/\(size).note").text == note)
            let tile = await desk.call("GET", "\(root)/log/tile/0/000.p/\(size)")
            #expect(tile.bytes == stored.flatMap(\.leaf))
            #expect(tile.header("cache-control") == "private, max-age=31536000, immutable")
            let entries = await desk.call("GET", "\(root)/log/tile/entries/000.p/2")
            #expect(LogBundle.entries(of: entries.bytes) == stored[..<2].map(\.envelope))
            let payloads = await desk.call("GET", "\(root)/log/payload/000.p/\(size)")
            #expect(LogBundle.payloads(of: payloads.bytes) == stored.map(\.event.payload))
            for missing in [
                "tile/0/000", "tile/0/000.p/\(size + 1)", "tile/1/000.p/1", "tile/entries/001", "tile/0/0",
                "payload/..",
                "checkpoint/x", "tree-heads/1.note", "checkpoint?cosigned=true",
            ] { #expect(await desk.call("GET", "\(root)/log/\(missing)").status == 404, "\(missing)") }
            let bob = PeerCertificate(commonName: "bob", organizations: [])
            #expect(await desk.call("GET", "\(root)/log/tile/0/000.p/1", as: bob).status == 403)
            #expect(await desk.call("POST", "\(root)/cosignatures", Array(note.utf8)).status == 404)
        }
    }

    @Test("the audit policy leaves reads out, and never a write, a no-op or a refusal") func policy() async throws {
        let policy = try AuditPolicy(
            json: [
                "apiVersion": "audit.k8s.io/v1", "kind": "Policy",
                "rules": [
                    ["level": "Metadata", "resources": [["group": "", "resources": ["secrets"]]]], ["level": "None"],
                ],
            ])
        try await APIDesk.run(auditPolicy: policy) { desk in
            let maps = "/api/v1/namespaces/shop/configmaps"
            try await desk.create(maps, configMap("a"))
            #expect(await desk.call("GET", maps).status == 200)
            #expect(await desk.call("GET", "\(maps)/a").status == 200)
            #expect(await desk.call("GET", "/version").status == 200)
            #expect(await desk.call("POST", "\(maps)?dryRun=All", configMap("b").canonicalBytes).status == 201)
            #expect(await desk.call("GET", "/api/v1/namespaces/shop/secrets").status == 200)
            #expect(await desk.call("GET", "\(maps)/not-there").status == 404)
            let kept = try await events(desk) { $0.contains { $0.event.type == EventCatalogue.callRefused } }
                .map(\.event).filter { !$0.changesState && $0.caller.subject == "admin" }
            #expect(
                kept.map { "\($0.type) \($0.caller.verb) \($0.stream)" } == [
                    "CallServed create configmaps/shop", "CallServed list secrets/shop",
                    "CallRefused get configmaps/shop/not-there",
                ])
        }
    }

    @Test("who touched what is found by user, verb, object, address and outcome, in pages by position")
    func search() async throws {
        try await APIDesk.run { desk in
            let maps = "/api/v1/namespaces/shop/configmaps"
            for name in ["a", "b"] { try await desk.create(maps, configMap(name)) }
            #expect(await desk.call("GET", "\(maps)/a").status == 200)
            let bob = PeerCertificate(commonName: "bob", organizations: [])
            #expect(await desk.call("GET", "\(maps)/a", as: bob).status == 403)
            _ = try await events(desk) { $0.filter { $0.event.stream == "configmaps/shop/a" }.count == 3 }

            func found(_ query: String) async -> [String] {
                await desk.get("\(root)/audit?\(query)").array("items").map {
                    "\($0.string("caller", "subject") ?? "") \($0.string("caller", "verb") ?? "") \($0.string("stream") ?? "")"
                }
            }
            let touched = [
                "admin create configmaps/shop/a", "admin get configmaps/shop/a", "bob get configmaps/shop/a",
            ]
            #expect(await found("stream=configmaps/shop/a") == touched)
            #expect(await found("stream=configmaps/shop/a&newest=true") == touched.reversed())
            #expect(await found("stream=configmaps/shop/a&reads=false") == [touched[0]])
            #expect(await found("stream=configmaps/shop/a&user=admin&verb=get") == [touched[1]])
            #expect(await found("refused=true") == [touched[2]])
            #expect(await found("stream=configmaps/shop/a&refused=false") == Array(touched[..<2]))
            #expect(await found("stream=configmaps/shop/a&address=127.0.0.1") == touched)
            #expect(await found("address=10.0.0.1") == [])
            // A Namespace is not in itself.
            #expect(await desk.call("GET", "/api/v1/namespaces/shop").status == 200)
            _ = try await events(desk) {
                $0.contains { $0.event.stream == "namespaces/shop" && !$0.event.changesState }
            }
            #expect(await found("stream=namespaces/shop&verb=get") == ["admin get namespaces/shop"])
            #expect(await found("stream=configmaps/shop/a&to=2001-01-01T00:00:00Z") == [])
            #expect(
                await found("resource=configmaps&namespace=shop&verb=create") == [
                    touched[0], "admin create configmaps/shop/b",
                ])

            for newest in [false, true] {
                var (paged, rest) = ([String](), "")
                repeat {
                    let query = "resource=configmaps&newest=\(newest)&limit=1\(rest)"
                    paged += await found(query)
                    let next = await desk.get("\(root)/audit?\(query)")["continue"]
                    rest = next.map { "&after=\($0.int("after") ?? 0)&through=\($0.int("through") ?? 0)" } ?? ""
                } while !rest.isEmpty
                let whole = touched + ["admin create configmaps/shop/b"]
                #expect(Set(paged) == Set(whole))
                #expect(paged.count == whole.count)
            }
            let audit = await desk.get("\(root)/audit?refused=true&format=audit").array("items").first
            #expect(audit?.string("apiVersion") == "audit.k8s.io/v1")
            #expect(audit?.int("responseStatus", "code") == 403)
        }
    }

    @Test("a bill names the usage reports that it rests on") func billEvidence() async throws {
        try await APIDesk.run { desk in
            try await desk.create("/api/v1/nodes", ["metadata": ["name": "n1"]])
            for second in 0..<5 {
                try await desk.create(
                    "\(root)/usagereports",
                    [
                        "apiVersion": "purser.dev/v1alpha1", "kind": "UsageReport", "node": "n1", "bootID": "b",
                        "observedAt": .string("2026-01-01T00:00:1\(second).000000Z"), "interval": 10,
                        "pods": [
                            [
                                "uid": "u1", "namespace": "shop", "name": "web", "final": false,
                                "cpuNanoseconds": .int(Int64(second) * 1_000_000_000),
                            ]
                        ],
                    ])
            }
            let span = "from=2026-01-01T00:00:11Z&to=2026-01-01T00:00:14Z&by=pod"
            let answer = await desk.get("\(root)/billevidence?\(span)")
            #expect(answer["report"] == (await desk.get("\(root)/bill?\(span)")))
            #expect(answer["report"]?.array("items").first?.string("cpuSeconds") == "3")
            let named = answer.array("pods").first?.array("events").compactMap(\.intValue) ?? []
            let reports = try await desk.cluster.log.readStreams(
                prefix: "usage/", after: 0, through: .max, limit: 10, filter: .all)
            // The last before the period, and the last in it.
            #expect(named == [reports[0].position, reports[3].position])
            #expect(answer.array("prices") == [])
        }
    }
}
