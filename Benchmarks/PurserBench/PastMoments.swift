import Domain
import PropertyTesting

/// Moments to look at, drawn at random.
struct PastMoments {
    typealias Moment = (pod: Int, position: Position)
    let end: Position
    let streams: Int
    private var random = SeededRandom(seed: 0xA5_0F)

    init(end: Position, streams: Int) { (self.end, self.streams) = (end, streams) }

    /// Behind the first tenth of the log: by then nearly every pod is there.
    mutating func anywhere(_ count: Int) -> [Moment] { draw(count, end / 10...end) }
    /// In the last thousandth.
    mutating func newest(_ count: Int) -> [Moment] { draw(count, end - end / 1000...end) }
    private mutating func oldest(_ count: Int) -> [Moment] { draw(count, end / 10...end / 9) }

    mutating func places(_ count: Int) -> [(String, [Moment])] {
        [("newest", newest(count)), ("anywhere", anywhere(count)), ("oldest", oldest(count))]
    }

    private mutating func draw(_ count: Int, _ range: ClosedRange<Position>) -> [Moment] {
        (0..<count).map { _ in
            (Int.random(in: 0..<streams, using: &random), Position.random(in: range, using: &random))
        }
    }
}

enum Timed {
    /// Reads at each of the moments, one after the other, and prints how long that took and how much was found.
    static func measure<Found>(
        _ name: String, _ moments: [PastMoments.Moment], _ read: (Int, Position) async throws -> Found,
        count: (Found) throws -> Int
    ) async throws {
        let clock = ContinuousClock()
        var (durations, found) = ([Duration](), 0)
        for (pod, position) in moments {
            let start = clock.now
            let answer = try await read(pod, position)
            durations.append(start.duration(to: clock.now))
            found += try count(answer)
        }
        var result = Measurement(name)
        result.add("reads", moments.count)
        result.add("found_mean", Double(found) / Double(moments.count))
        result.add("read", milliseconds: durations)
        result.print()
    }

    static func measure(
        _ name: String, _ moments: [PastMoments.Moment], _ read: (Int, Position) async throws -> Int
    ) async throws {
        try await measure(name, moments, read, count: { $0 })
    }
}
