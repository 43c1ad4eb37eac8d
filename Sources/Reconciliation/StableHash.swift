import KubeModel

/// Hashes in the alphabet that Kubernetes uses for generated names (no vowels, so no words).
enum StableHash {
    static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)

    /// The hash of a pod template that names its ReplicaSet and labels its pods.
    static func podTemplate(_ template: JSON, collisionCount: Int64) -> String {
        var bytes = template.canonicalBytes
        if collisionCount > 0 { bytes.append(contentsOf: "#\(collisionCount)".utf8) }
        let digits = String(FNV1a.hash32(bytes)).utf8
        return String(decoding: digits.map { alphabet[Int($0) % alphabet.count] }, as: UTF8.self)
    }

    /// Five letters from a seed: what `generateName` appends.
    static func suffix(_ seed: String) -> String {
        var rest = FNV1a.hash64(seed.utf8)
        // FNV's low bits are weak for short changes at the end; fold the high half in before taking letters.
        rest = (rest ^ (rest >> 29)) &* 0xBF58_476D_1CE4_E5B9
        rest ^= rest >> 32
        var letters: [UInt8] = []
        for _ in 0..<5 {
            letters.append(alphabet[Int(rest % UInt64(alphabet.count))])
            rest /= UInt64(alphabet.count)
        }
        return String(decoding: letters, as: UTF8.self)
    }
}
