import KubeModel

/// Which members of its object an event sets. What other events set after it need not be read to know the object.
public struct ChangedMembers: OptionSet, Sendable, Hashable {
    public let rawValue: Int16
    public init(rawValue: Int16) { self.rawValue = rawValue }

    /// What a keyframe sets: whatever the object had before is gone.
    public static let all = ChangedMembers(rawValue: -1)

    /// The members that have a bit, by its place. The places are stored: they never change.
    private static let names: [StaticString] = [
        "metadata", "spec", "status", "data", "binaryData", "endpoints", "ports",
    ]

    /// Nil where an event changes no state, or sets a member that has no bit.
    public init?(_ event: Event) {
        guard event.changesState else { return nil }
        guard !event.isKeyframe else {
            self = .all
            return
        }
        let bits = event.payload.withUnsafeBufferPointer { bytes in
            let skim = ObjectSkim(bytes)
            var bits: Int16? = 0
            skim.forEachMember { member in
                guard !ObjectMerge.isRemark(member, bytes) else { return true }
                let place = Self.names.firstIndex { skim.isKey(member.key, $0) }
                bits = place.flatMap { place in bits.map { $0 | 1 << place } }
                return bits != nil
            }
            return bits
        }
        guard let bits else { return nil }
        self.init(rawValue: bits)
    }

    /// Whether each of a stream's events has a part in the object that they add up to: the newest has, and each that is
    /// the newest to set one of its members.
    /// - Parameter events: what each sets, rising; nil where that is not known.
    public static func parts(_ events: [ChangedMembers?]) -> [Bool] {
        var (parts, later) = ([Bool](), ChangedMembers())
        for (index, members) in events.enumerated().reversed() {
            parts.append(index == events.count - 1 || !later.isSuperset(of: members ?? .all))
            later.formUnion(members ?? [])
        }
        return parts.reversed()
    }
}
