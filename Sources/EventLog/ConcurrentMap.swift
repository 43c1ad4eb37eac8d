extension Array where Element: Sendable {
    /// What each element becomes, in order, worked out on all cores, some elements at a time.
    /// - Throws: what the first element in order throws that becomes nothing.
    package func concurrentMap<Value: Sendable, Failure: Error>(
        chunk: Int, _ transform: @escaping @Sendable (Element) async throws(Failure) -> Value
    ) async throws(Failure) -> [Value] {
        try await concurrentFlatMap(chunk: chunk) { (part) async throws(Failure) -> [Value] in
            var values: [Value] = []
            values.reserveCapacity(part.count)
            for element in part { values.append(try await transform(element)) }
            return values
        }
    }

    /// The same where some elements are transformed together.
    package func concurrentFlatMap<Value: Sendable, Failure: Error>(
        chunk: Int, _ transform: @escaping @Sendable ([Element]) async throws(Failure) -> [Value]
    ) async throws(Failure) -> [Value] {
        guard count > chunk else { return try await transform(self) }
        let results = await withTaskGroup(of: (Int, Result<[Value], Failure>).self) { group in
            for start in stride(from: 0, to: count, by: chunk) {
                let part = Array(self[start..<Swift.min(start + chunk, count)])
                group.addTask {
                    do throws(Failure) { return (start, .success(try await transform(part))) } catch {
                        return (start, .failure(error))
                    }
                }
            }
            var results: [Int: Result<[Value], Failure>] = [:]
            for await (start, result) in group { results[start] = result }
            return results.sorted { $0.key < $1.key }.map(\.value)
        }
        var values: [Value] = []
        values.reserveCapacity(count)
        for result in results { values += try result.get() }
        return values
    }
}
