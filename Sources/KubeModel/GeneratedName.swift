/// The letters of names that Kubernetes generates.
public enum GeneratedName {
    /// Letters and digits without vowels and what looks like them, so that no words come about.
    public static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
    private static let suffixLength = 5

    /// Five letters from a seed: what `generateName` appends.
    public static func suffix(_ seed: String) -> String {
        var rest = FNV1a.hash64(seed.utf8)
        // FNV's low bits are weak for short changes at the end; fold the high half in before taking letters.
        rest = (rest ^ (rest >> 29)) &* 0xBF58_476D_1CE4_E5B9
        rest ^= rest >> 32
        return suffix { count in
            defer { rest /= UInt64(count) }
            return Int(rest % UInt64(count))
        }
    }

    /// Five letters of somebody's choice.
    ///
    /// - Parameter choose: an index below the count that it is given.
    public static func suffix(_ choose: (_ count: Int) -> Int) -> String {
        String(decoding: (0..<suffixLength).map { _ in alphabet[choose(alphabet.count)] }, as: UTF8.self)
    }
}
