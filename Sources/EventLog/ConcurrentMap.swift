extension Array where Element: Sendable {
    /// What each element becomes, in order, worked out on all cores, some elements at a time.
    package func concurrentMap<Value: Sendable>(
        chunk: Int, _ transform: @escaping @Sendable (Element) -> Value
    ) async -> [Value] {
        guard count > chunk else { return map(transform) }
        return await withTaskGroup(of: (Int, [Value]).self) { group in
            for start in stride(from: 0, to: count, by: chunk) {
                let part = self[start..<Swift.min(start + chunk, count)]
                group.addTask { (start, part.map(transform)) }
            }
            var parts: [Int: [Value]] = [:]
            for await (start, part) in group { parts[start] = part }
            return parts.sorted { $0.key < $1.key }.flatMap(\.value)
        }
    }
}
