/// A sorted map whose copies are cheap: a copy shares all leaves, a change copies the one leaf that it touches and
/// the list of leaves, each at most once per copy taken.
///
/// Two levels are enough: a leaf holds up to 64 entries, so 100,000 entries are some 2,500 leaves.
public struct OrderedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    private struct Leaf: Sendable {
        var keys: [Key]
        var values: [Value]
    }

    private static var capacity: Int { 64 }
    private var leaves: [Leaf] = []
    public private(set) var count = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    /// The last leaf whose first key is not above `key`.
    private func leafIndex(_ key: Key) -> Int {
        var low = 0
        var high = leaves.count
        while low < high {
            let middle = (low + high) / 2
            if key < leaves[middle].keys[0] { high = middle } else { low = middle + 1 }
        }
        return max(low - 1, 0)
    }

    /// The first index whose key is not below `key`.
    private static func lowerBound(_ keys: [Key], _ key: Key) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    public subscript(key: Key) -> Value? {
        get {
            guard !leaves.isEmpty else { return nil }
            let leaf = leafIndex(key)
            let index = Self.lowerBound(leaves[leaf].keys, key)
            guard index < leaves[leaf].keys.count, leaves[leaf].keys[index] == key else { return nil }
            return leaves[leaf].values[index]
        }
        set {
            if let newValue { set(key, newValue) } else { remove(key) }
        }
    }

    private mutating func set(_ key: Key, _ value: Value) {
        guard !leaves.isEmpty else {
            leaves = [Leaf(keys: [key], values: [value])]
            count = 1
            return
        }
        let leaf = leafIndex(key)
        let index = Self.lowerBound(leaves[leaf].keys, key)
        if index < leaves[leaf].keys.count, leaves[leaf].keys[index] == key {
            leaves[leaf].values[index] = value
            return
        }
        leaves[leaf].keys.insert(key, at: index)
        leaves[leaf].values.insert(value, at: index)
        count += 1
        if leaves[leaf].keys.count > Self.capacity { split(leaf, insertedAt: index) }
    }

    /// Rising keys (a replay, generated names) fill leaves up; others split in the middle.
    private mutating func split(_ leaf: Int, insertedAt index: Int) {
        let appended = leaf == leaves.count - 1 && index == leaves[leaf].keys.count - 1
        let middle = appended ? leaves[leaf].keys.count - 1 : leaves[leaf].keys.count / 2
        let upper = Leaf(keys: Array(leaves[leaf].keys[middle...]), values: Array(leaves[leaf].values[middle...]))
        leaves[leaf].keys.removeSubrange(middle...)
        leaves[leaf].values.removeSubrange(middle...)
        leaves.insert(upper, at: leaf + 1)
    }

    private mutating func remove(_ key: Key) {
        guard !leaves.isEmpty else { return }
        let leaf = leafIndex(key)
        let index = Self.lowerBound(leaves[leaf].keys, key)
        guard index < leaves[leaf].keys.count, leaves[leaf].keys[index] == key else { return }
        leaves[leaf].keys.remove(at: index)
        leaves[leaf].values.remove(at: index)
        count -= 1
        if leaves[leaf].keys.isEmpty {
            leaves.remove(at: leaf)
        } else if leaf + 1 < leaves.count,
            leaves[leaf].keys.count + leaves[leaf + 1].keys.count <= Self.capacity / 2
        {
            let next = leaves.remove(at: leaf + 1)
            leaves[leaf].keys += next.keys
            leaves[leaf].values += next.values
        }
    }

    /// Calls `body` with the entries from a key on (from the first if nil), rising, until it returns false.
    public func forEach(from start: Key? = nil, _ body: (Key, Value) throws -> Bool) rethrows {
        guard !leaves.isEmpty else { return }
        var leaf = 0
        var index = 0
        if let start {
            leaf = leafIndex(start)
            index = Self.lowerBound(leaves[leaf].keys, start)
        }
        while leaf < leaves.count {
            while index < leaves[leaf].keys.count {
                guard try body(leaves[leaf].keys[index], leaves[leaf].values[index]) else { return }
                index += 1
            }
            leaf += 1
            index = 0
        }
    }
}
