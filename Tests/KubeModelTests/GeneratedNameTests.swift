import KubeModel
import Testing

@Suite("Generated names")
struct GeneratedNameTests {
    @Test("a suffix is five letters of the alphabet, the same for the same seed and hardly ever for another")
    func suffixes() {
        let suffixes = (0..<1000).map { GeneratedName.suffix("uid/\($0)") }
        #expect(suffixes == (0..<1000).map { GeneratedName.suffix("uid/\($0)") })
        #expect(suffixes.allSatisfy { $0.utf8.count == 5 && $0.utf8.allSatisfy(GeneratedName.alphabet.contains) })
        #expect(Set(suffixes).count > 995)
        #expect(Set(suffixes.flatMap(\.utf8)).count == GeneratedName.alphabet.count)
    }

    @Test("whoever chooses the letters is asked for each, among all of the alphabet")
    func chosen() {
        var counts: [Int] = []
        let suffix = GeneratedName.suffix { count in
            counts.append(count)
            return counts.count == 1 ? 0 : count - 1
        }
        #expect(suffix == "b9999")
        #expect(counts == [27, 27, 27, 27, 27])
    }
}
