import Testing

@testable import EventLog

@Suite("Working on many elements at once")
struct ConcurrentMapTests {
    private struct Failure: Error, Equatable {
        var element: Int
    }

    @Test("the values come in order, whatever the chunk", arguments: [1, 3, 10, 100])
    func order(_ chunk: Int) async {
        let elements = Array(0..<10)
        #expect(await elements.concurrentMap(chunk: chunk) { $0 * 2 } == elements.map { $0 * 2 })
        let parts = await elements.concurrentFlatMap(chunk: chunk) { part in [part] }
        #expect(parts.allSatisfy { $0.count <= chunk } && parts.flatMap(\.self) == elements)
        #expect(await [Int]().concurrentMap(chunk: chunk) { $0 }.isEmpty)
    }

    @Test("of several failures the first in order is thrown, also where a later one came sooner")
    func firstFailure() async {
        let (failed, failing) = AsyncStream.makeStream(of: Void.self)
        await #expect(throws: Failure(element: 3)) {
            try await Array(0..<10).concurrentMap(chunk: 2) { (element) async throws(Failure) -> Int in
                if element == 3 { for await _ in failed {} }
                if element == 8 { failing.finish() }
                guard element != 3, element != 8 else { throw Failure(element: element) }
                return element
            }
        }
    }
}
