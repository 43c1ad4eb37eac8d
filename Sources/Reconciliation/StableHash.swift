import KubeModel

/// FNV-1a and the alphabet that Kubernetes uses for generated names (no vowels, so no words).
enum StableHash {
    static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)

    static func fnv32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }

    static func fnv64(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The hash of a pod template that names its ReplicaSet and labels its pods.
    static func podTemplate(_ template: JSON, collisionCount: Int64) -> String {
        var bytes = template.canonicalBytes
        if collisionCount > 0 { bytes.append(contentsOf: "#\(collisionCount)".utf8) }
        let digits = String(fnv32(bytes)).utf8
        return String(decoding: digits.map { alphabet[Int($0) % alphabet.count] }, as: UTF8.self)
    }

    /// Five letters from a seed: what `generateName` appends.
    static func suffix(_ seed: String) -> String {
        var rest = fnv64(seed.utf8)
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
