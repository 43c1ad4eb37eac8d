import Crypto
import KubeModel

extension ClusterState {
    /// SHA-256 over everything that is folded from the log: each object's key, position, revision and bytes, and the
    /// ended streams. Two replicas, or a replica and a replay, agree on it at one position, or one of them is wrong.
    /// The position itself is left out, because events that change no state move it.
    public func contentHash() -> [UInt8] {
        var hash = SHA256()
        var line: [UInt8] = []
        func add(_ key: String, _ numbers: [Int64], _ bytes: [UInt8]) {
            line.removeAll(keepingCapacity: true)
            line.append(contentsOf: key.utf8)
            for number in numbers {
                line.append(0)
                line.appendDecimal(number)
            }
            line.append(0)
            hash.update(data: line)
            hash.update(data: bytes)
        }
        for resource in populatedResources {
            forEach(resource) { name, object in
                let key = ObjectKey(resource, namespace: name.namespace, name: name.name)
                add(key.description, [object.position, object.revision, Int64(object.bytes.count)], object.bytes)
                return true
            }
        }
        endedStreams.forEach { key, revision in
            add("ended " + key.description, [revision], [])
            return true
        }
        return Array(hash.finalize())
    }
}
