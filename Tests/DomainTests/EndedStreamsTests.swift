import KubeModel
import PropertyTesting
import Testing

@testable import Domain

@Suite("The revisions of ended streams")
struct EndedStreamsTests {
    /// Keys of a few resources and namespaces whose names share more or less of their beginnings.
    private static func key(_ random: inout SeededRandom) -> ObjectKey {
        let resource = ["pods", "pods.metrics.k8s.io", "events", "deployments.apps"].randomElement(using: &random)
        let namespace = ["", "a", "shop", "shop-2"].randomElement(using: &random)
        let length = Int.random(in: 1...6, using: &random)
        let name = (0..<length).map { _ in String("ab-".randomElement(using: &random) ?? "a") }.joined()
        return ObjectKey(GroupResource(resource ?? ""), namespace: namespace ?? "", name: name)
    }

    private static func entries(_ ended: EndedStreams) -> [(key: ObjectKey, revision: Revision)] {
        var entries: [(ObjectKey, Revision)] = []
        ended.forEach { key, revision in
            entries.append((key, revision))
            return true
        }
        return entries
    }

    @Test(
        "are those that were set, in the order of their keys, whatever came in between",
        arguments: 1...6 as ClosedRange<UInt64>)
    func likeADictionary(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var ended = EndedStreams()
        var expected: [ObjectKey: Revision] = [:]
        var copies: [(EndedStreams, [ObjectKey: Revision])] = []
        for step in 0..<6000 {
            let isRemoval = Int.random(in: 0..<10, using: &random) < (step < 4000 ? 2 : 8)
            let key = Self.key(&random)
            let revision: Revision? = isRemoval ? nil : 1 << Revision.random(in: 0..<62, using: &random)
            ended[key] = revision
            expected[key] = revision
            #expect(ended[key] == revision && ended.count == expected.count, "seed \(seed), step \(step)")
            if step % 1500 == 0 { copies.append((ended, expected)) }
        }
        for (ended, expected) in copies + [(ended, expected)] {
            let entries = Self.entries(ended)
            #expect(entries.map(\.key) == expected.keys.sorted(), "seed \(seed)")
            #expect(
                entries.allSatisfy { expected[$0.key] == $0.revision && ended[$0.key] == $0.revision }, "seed \(seed)")
        }
    }

    @Test("take less than 20 bytes each where names are those of pods")
    func size() {
        var random = SeededRandom(seed: 1)
        var ended = EndedStreams()
        for index in 0..<20_000 {
            let suffix = String(random.next(), radix: 36).prefix(5)
            let name = "web-\(index % 50)-6494b47c5c-\(suffix)"
            ended[ObjectKey(.pods, namespace: "shop-\(index % 20)", name: name)] = 9
        }
        #expect(ended.byteCount < 20 * ended.count)
    }
}
