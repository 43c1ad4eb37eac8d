import KubeModel

/// The form of a state snapshot: a version line, then records of fixed shape. Droppable at any time, so a snapshot of
/// another version, or folded from other forms of events, is simply not used.
extension ClusterState {
    private static let magic: [UInt8] = Array("purser-state/\(1 + Upcaster.released.count)\n".utf8)

    public func snapshotBytes() -> [UInt8] {
        var out = Self.magic
        out.appendInteger(position)
        for resource in populatedResources {
            forEach(resource) { name, object in
                out.append(1)
                out.appendText(ObjectKey(resource, namespace: name.namespace, name: name.name).description)
                out.appendInteger(object.position)
                out.appendInteger(object.revision)
                out.appendInteger(Int64(object.bytes.count))
                out.append(contentsOf: object.bytes)
                return true
            }
        }
        endedStreams.forEach { key, revision in
            out.append(2)
            out.appendText(key.description)
            out.appendInteger(revision)
            return true
        }
        return out
    }

    /// Nil for bytes of another version or that end early.
    public init?(snapshot bytes: [UInt8]) {
        self.init()
        guard bytes.starts(with: Self.magic) else { return nil }
        var reader = SnapshotReader(bytes: bytes, index: Self.magic.count)
        guard let position = reader.integer() else { return nil }
        while reader.index < bytes.count {
            let tag = bytes[reader.index]
            reader.index += 1
            guard let key = reader.text().flatMap(ObjectKey.init(stream:)) else { return nil }
            if tag == 1 {
                guard let objectPosition = reader.integer(), let revision = reader.integer(),
                    let length = reader.integer(), let body = reader.take(Int(length)),
                    let object = StoredObject(bytes: Array(body), position: objectPosition, revision: revision)
                else { return nil }
                resources[key.resource, default: OrderedMap()][ObjectName(namespace: key.namespace, name: key.name)] =
                    object
            } else {
                guard tag == 2, let revision = reader.integer() else { return nil }
                endedStreams[key] = revision
            }
        }
        self.position = position
    }
}

private struct SnapshotReader {
    let bytes: [UInt8]
    var index: Int

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.count - index else { return nil }
        defer { index += count }
        return bytes[index..<index + count]
    }

    mutating func integer() -> Int64? {
        take(8).map { Int64(bitPattern: $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
    }

    mutating func text() -> String? {
        integer().flatMap { take(Int($0)) }.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension [UInt8] {
    fileprivate mutating func appendInteger(_ value: Int64) {
        for shift in stride(from: 56, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: value >> Int64(shift))) }
    }

    fileprivate mutating func appendText(_ text: String) {
        appendInteger(Int64(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
