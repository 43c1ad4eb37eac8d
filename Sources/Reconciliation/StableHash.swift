import KubeModel

/// Hashes in the alphabet of generated names.
enum StableHash {
    /// The hash of a pod template that names its ReplicaSet and labels its pods.
    static func podTemplate(_ template: JSON, collisionCount: Int64) -> String {
        var bytes = template.canonicalBytes
        if collisionCount > 0 { bytes.append(contentsOf: "#\(collisionCount)".utf8) }
        let digits = String(FNV1a.hash32(bytes)).utf8
        let alphabet = GeneratedName.alphabet
        return String(decoding: digits.map { alphabet[Int($0) % alphabet.count] }, as: UTF8.self)
    }
}
