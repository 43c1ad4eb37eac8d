import KubeModel

/// The step of `evolve` on bytes: an object and the members that an event changed give the next object.
enum ObjectMerge {
    /// Both are canonical objects; a changed member whose value is `null` is removed. The result is canonical.
    static func merge(_ old: [UInt8], _ changes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(old.count + changes.count)
        out.append(UInt8(ascii: "{"))
        old.withUnsafeBufferPointer { old in
            changes.withUnsafeBufferPointer { changes in
                let before = ObjectSkim(old).members()
                let after = ObjectSkim(changes).members()
                var left = 0
                var right = 0
                while left < before.count || right < after.count {
                    let order = compare(before, left, old, after, right, changes)
                    if order < 0 {
                        append(before[left], of: old, to: &out)
                    } else if !isNull(after[right].value, changes), !isRemark(after[right], changes) {
                        append(after[right], of: changes, to: &out)
                    }
                    if order <= 0 { left += 1 }
                    if order >= 0 { right += 1 }
                }
            }
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    /// What `merge` gives when it takes in one change after the other, in one go: of each member only the last form is
    /// looked at, and the object is written once.
    static func merge(_ old: [UInt8], all changes: [[UInt8]]) -> [UInt8] {
        guard changes.count > 1 else { return changes.first.map { merge(old, $0) } ?? old }
        var newest: [(key: [UInt8], member: ArraySlice<UInt8>)] = []
        for change in changes.reversed() {
            change.withUnsafeBufferPointer { bytes in
                ObjectSkim(bytes).forEachMember { member in
                    let key = bytes[member.key]
                    if !newest.contains(where: { $0.key.elementsEqual(key) }) {
                        newest.append((Array(key), change[member.key.lowerBound - 1..<member.value.upperBound]))
                    }
                    return true
                }
            }
        }
        newest.sort { $0.key.lexicographicallyPrecedes($1.key) }
        var change: [UInt8] = [UInt8(ascii: "{")]
        change.reserveCapacity(newest.reduce(2) { $0 + $1.member.count + 1 })
        for (index, entry) in newest.enumerated() {
            if index > 0 { change.append(UInt8(ascii: ",")) }
            change.append(contentsOf: entry.member)
        }
        change.append(UInt8(ascii: "}"))
        return merge(old, change)
    }

    /// Members that begin with this sign belong to the event, not to the object; they sort before all others.
    private static let remarkSign = UInt8(ascii: "$")

    static func isRemark(_ member: ObjectSkim.Member, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        !member.key.isEmpty && bytes[member.key.lowerBound] == remarkSign
    }

    /// A payload without its remarks; most have none and are returned as they are.
    static func withoutRemarks(_ payload: [UInt8]) -> [UInt8] {
        guard payload.count > 2, payload[2] == remarkSign else { return payload }
        return merge(Array("{}".utf8), payload)
    }

    static func adding(_ remarks: JSONObject, to payload: [UInt8]) -> [UInt8] {
        let signed = JSONObject(remarks.map { ("$" + $0.key, $0.value) })
        var out: [UInt8] = []
        signed.write(to: &out)
        guard payload.count > 2 else { return out }
        out[out.count - 1] = UInt8(ascii: ",")
        out.append(contentsOf: payload.dropFirst())
        return out
    }

    private static func compare(
        _ before: [ObjectSkim.Member], _ left: Int, _ old: UnsafeBufferPointer<UInt8>, _ after: [ObjectSkim.Member],
        _ right: Int, _ changes: UnsafeBufferPointer<UInt8>
    ) -> Int {
        guard left < before.count else { return 1 }
        guard right < after.count else { return -1 }
        let first = old[before[left].key]
        let second = changes[after[right].key]
        if first.elementsEqual(second) { return 0 }
        return first.lexicographicallyPrecedes(second) ? -1 : 1
    }

    private static func append(_ member: ObjectSkim.Member, of bytes: UnsafeBufferPointer<UInt8>, to out: inout [UInt8])
    {
        if out.count > 1 { out.append(UInt8(ascii: ",")) }
        out.append(
            contentsOf: UnsafeBufferPointer(rebasing: bytes[member.key.lowerBound - 1..<member.value.upperBound]))
    }

    private static func isNull(_ range: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes[range.lowerBound] == UInt8(ascii: "n")
    }
}
