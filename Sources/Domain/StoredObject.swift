import KubeModel

/// An object as the state keeps it: canonical bytes without `metadata.resourceVersion`, and where that belongs.
///
/// The resourceVersion is the position of the object's last event, which is not known before it is appended, so it
/// is spliced in when the object is served; so the event's payload and the stored object can be one allocation.
public struct StoredObject: Sendable, Hashable {
    public let bytes: [UInt8]
    /// The position of the last event that changed the object.
    public let position: Position
    public let revision: Revision
    /// Where `"resourceVersion":"N",` is inserted; always before `"uid"` in the sorted metadata.
    private let spliceOffset: Int

    /// Nil if the bytes are no object with `metadata.uid`.
    public init?(bytes: [UInt8], position: Position, revision: Revision) {
        let offset: Int? = bytes.withUnsafeBufferPointer { buffer in
            let skim = ObjectSkim(buffer)
            guard let metadata = skim.value(of: "metadata"),
                let uid = skim.value(of: "uid", at: metadata.lowerBound)
            else { return nil }
            return uid.lowerBound - 6
        }
        guard let offset else { return nil }
        self.bytes = bytes
        self.position = position
        self.revision = revision
        spliceOffset = offset
    }

    /// Appends the object as clients receive it.
    public func write(to out: inout [UInt8]) {
        out.reserveCapacity(out.count + bytes.count + 44)
        bytes.withUnsafeBufferPointer { buffer in
            out.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<spliceOffset]))
            out.append(contentsOf: #""resourceVersion":""#.utf8)
            out.appendDecimal(position)
            out.append(contentsOf: #"","#.utf8)
            out.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[spliceOffset...]))
        }
    }

    public var servedBytes: [UInt8] {
        var out: [UInt8] = []
        write(to: &out)
        return out
    }

    /// The tree with its resourceVersion. What was stored was written by us, so a fault in it is a fault of the log.
    public func object() -> KubeObject {
        guard var json = try? JSON(parsing: bytes) else { return KubeObject([:]) }
        json[["metadata", "resourceVersion"]] = .string("\(position)")
        return KubeObject(json)
    }

    /// Reads one part of the object without building a tree.
    public func skim<Result>(_ body: (ObjectSkim) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { body(ObjectSkim($0)) }
    }

    /// The parsed value of a member of `metadata` or of another top-level member; nil where absent.
    public func member(_ top: StaticString, _ key: StaticString) -> JSON? {
        bytes.withUnsafeBufferPointer { buffer in
            let skim = ObjectSkim(buffer)
            guard let outer = skim.value(of: top), let inner = skim.value(of: key, at: outer.lowerBound) else {
                return nil
            }
            return try? JSON(parsing: UnsafeBufferPointer(rebasing: buffer[inner]))
        }
    }

    /// The parsed value of a top-level member; nil where absent.
    public func member(_ top: StaticString) -> JSON? {
        bytes.withUnsafeBufferPointer { buffer in
            ObjectSkim(buffer).value(of: top).flatMap { try? JSON(parsing: UnsafeBufferPointer(rebasing: buffer[$0])) }
        }
    }

    public var labels: [String: String] {
        var labels: [String: String] = [:]
        for (key, value) in member("metadata", "labels")?.objectValue ?? [:] { labels[key] = value.stringValue }
        return labels
    }

    public var uid: String { member("metadata", "uid")?.stringValue ?? "" }
    public var isBeingDeleted: Bool { member("metadata", "deletionTimestamp") != nil }
}
