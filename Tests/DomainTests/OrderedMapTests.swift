import PropertyTesting
import Testing

@testable import Domain

@Suite("The ordered map")
struct OrderedMapTests {
    @Test("it agrees with a dictionary through random inserts, updates and removals", arguments: [1, 2, 3] as [UInt64])
    func agreesWithDictionary(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var map = OrderedMap<Int, Int>()
        var model: [Int: Int] = [:]
        for step in 0..<5000 {
            let key = Int.random(in: 0..<700, using: &random)
            if Bool.random(using: &random) || step < 400 {
                map[key] = step
                model[key] = step
            } else {
                map[key] = nil
                model[key] = nil
            }
        }
        var entries: [Int] = []
        map.forEach { key, value in
            #expect(model[key] == value)
            entries.append(key)
            return true
        }
        #expect(entries == model.keys.sorted(), "seed \(seed)")
        #expect(map.count == model.count)
    }

    @Test("a copy keeps what it held when the original changes")
    func copiesAreSnapshots() {
        var map = OrderedMap<Int, Int>()
        for key in 0..<300 { map[key] = key }
        let copy = map
        for key in 0..<300 { map[key] = key % 2 == 0 ? nil : -key }
        for key in 0..<300 { #expect(copy[key] == key) }
        #expect(map.count == 150)
        #expect(copy.count == 300)
    }

    @Test("iteration starts at the first key that is not below the start")
    func iteratesFromStart() {
        var map = OrderedMap<Int, Int>()
        for key in stride(from: 0, to: 1000, by: 10) { map[key] = key }
        for start in [-5, 0, 1, 499, 500, 990, 995] {
            var first: Int?
            map.forEach(from: start) { key, _ in
                first = key
                return false
            }
            #expect(first == stride(from: 0, to: 1000, by: 10).first { $0 >= start })
        }
    }
}
