/// Cuts a stream of bytes into lines, whatever the sizes of the pieces that arrive. Carries an unfinished line over.
public struct LineSplitter: Sendable {
    private var pending: [UInt8] = []

    public init() {}

    /// The lines that these bytes complete, without their newline; empty lines are left out.
    public mutating func feed(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            pending.append(contentsOf: rest[..<end])
            rest = rest[rest.index(after: end)...]
            if !pending.isEmpty { lines.append(pending) }
            pending.removeAll(keepingCapacity: true)
        }
        pending.append(contentsOf: rest)
        return lines
    }

    /// What stands behind the last newline.
    public var remainder: [UInt8] { pending }
}
