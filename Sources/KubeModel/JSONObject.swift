/// The members of a JSON object, sorted by the bytes of their keys, each key once.
public struct JSONObject: Sendable, Hashable {
    private var keys: [String] = []
    private var values: [JSON] = []

    public init() {}

    /// Of two members with one key the later wins, as in most JSON parsers and in Kubernetes.
    public init(_ members: [(String, JSON)]) {
        keys.reserveCapacity(members.count)
        values.reserveCapacity(members.count)
        var sorted = true
        for (key, value) in members {
            if let last = keys.last, last >= key { sorted = false }
            keys.append(key)
            values.append(value)
        }
        if !sorted { sort() }
    }

    private mutating func sort() {
        let order = keys.indices.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] < keys[$1] }
        var sortedKeys: [String] = []
        var sortedValues: [JSON] = []
        for index in order {
            if sortedKeys.last == keys[index] {
                sortedValues[sortedValues.count - 1] = values[index]
            } else {
                sortedKeys.append(keys[index])
                sortedValues.append(values[index])
            }
        }
        (keys, values) = (sortedKeys, sortedValues)
    }

    public var count: Int { keys.count }
    public var isEmpty: Bool { keys.isEmpty }
    /// The keys in their order.
    public var names: [String] { keys }

    /// The index of a key, or where it would stand.
    private func find(_ key: String) -> (index: Int, found: Bool) {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return (low, low < keys.count && keys[low] == key)
    }

    public subscript(key: String) -> JSON? {
        get {
            let (index, found) = find(key)
            return found ? values[index] : nil
        }
        set {
            let (index, found) = find(key)
            switch (found, newValue) {
            case (true, let value?): values[index] = value
            case (true, nil):
                keys.remove(at: index)
                values.remove(at: index)
            case (false, let value?):
                keys.insert(key, at: index)
                values.insert(value, at: index)
            case (false, nil): break
            }
        }
    }

    /// Changes the value of a key in place, without a copy of the value's storage.
    public mutating func modify<Result>(_ key: String, _ body: (inout JSON) throws -> Result) rethrows -> Result? {
        let (index, found) = find(key)
        guard found else { return nil }
        return try body(&values[index])
    }

    public mutating func mapValues(_ transform: (String, JSON) throws -> JSON) rethrows {
        for index in keys.indices { values[index] = try transform(keys[index], values[index]) }
    }
}

extension JSONObject: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { keys.count }
    public subscript(position: Int) -> (key: String, value: JSON) { (keys[position], values[position]) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
