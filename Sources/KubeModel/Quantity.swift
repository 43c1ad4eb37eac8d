/// A Kubernetes resource quantity (`100m`, `1.5Gi`, `2e3`): an exact count of billionths of the base unit.
///
/// Source of the format: `apimachinery/pkg/api/resource/quantity.go`. Finer than a billionth rounds up, as there.
public struct Quantity: Sendable, Hashable, Comparable {
    /// Billionths of the base unit (cores, bytes, pods).
    public let nano: Int128

    public init(nano: Int128) { self.nano = nano }
    public init(_ whole: Int64) { nano = Int128(whole) * 1_000_000_000 }
    public init(milli: Int64) { nano = Int128(milli) * 1_000_000 }

    public static let zero = Quantity(nano: 0)

    /// Whole units, rounded up (`Value()` in Kubernetes).
    public var value: Int64 { Self.roundUp(nano, 1_000_000_000) }
    /// Thousandths, rounded up (`MilliValue()`).
    public var milliValue: Int64 { Self.roundUp(nano, 1_000_000) }

    private static func roundUp(_ nano: Int128, _ unit: Int128) -> Int64 {
        let quotient = nano / unit
        return Int64(clamping: nano % unit > 0 ? quotient + 1 : quotient)
    }

    private static let suffixes: [String: (Int128, Int128)] = [
        "n": (1, 1), "u": (1_000, 1), "m": (1_000_000, 1), "": (1_000_000_000, 1),
        "k": (1_000_000_000_000, 1), "M": (1_000_000_000_000_000, 1), "G": (1_000_000_000_000_000_000, 1),
        "T": (1_000_000_000_000_000_000_000, 1), "P": (1_000_000_000_000_000_000_000_000, 1),
        "E": (1_000_000_000_000_000_000_000_000_000, 1),
        "Ki": (1_000_000_000 << 10, 1), "Mi": (1_000_000_000 << 20, 1), "Gi": (1_000_000_000 << 30, 1),
        "Ti": (1_000_000_000 << 40, 1), "Pi": (1_000_000_000 << 50, 1), "Ei": (1_000_000_000 << 60, 1),
    ]

    /// Nil where the text is no quantity.
    public init?(_ text: String) {
        var rest = Substring(text)
        var negative = false
        if let sign = rest.first, sign == "+" || sign == "-" {
            negative = sign == "-"
            rest = rest.dropFirst()
        }
        let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        rest = rest.dropFirst(digits.count)
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, digits.contains(where: { $0 != "." }), digits.count <= 30 else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard let mantissa = Int128(String(parts[0] + fraction)) else { return nil }
        var scale = Int128(1)
        for _ in fraction { scale *= 10 }

        var unit: Int128 = 1_000_000_000
        if let known = Self.suffixes[String(rest)] {
            unit = known.0
        } else if let first = rest.first, first == "e" || first == "E", let exponent = Int(rest.dropFirst()),
            abs(exponent) <= 18
        {
            for _ in 0..<abs(exponent) {
                if exponent > 0 { unit *= 10 } else { scale *= 10 }
            }
        } else {
            return nil
        }
        let (product, overflow) = mantissa.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        let rounded = product / scale + (product % scale > 0 ? 1 : 0)
        nano = negative ? -rounded : rounded
    }

    /// A quantity as it stands in an object: a string or a bare number.
    public init?(json: JSON?) {
        switch json {
        case .string(let text): self.init(text)
        case .int(let value): self.init(value)
        case .double(let value): self.init("\(value)")
        default: return nil
        }
    }

    public static func < (left: Quantity, right: Quantity) -> Bool { left.nano < right.nano }
    public static func + (left: Quantity, right: Quantity) -> Quantity { Quantity(nano: left.nano + right.nano) }
    public static func - (left: Quantity, right: Quantity) -> Quantity { Quantity(nano: left.nano - right.nano) }
    public static func += (left: inout Quantity, right: Quantity) { left = left + right }
    public static func -= (left: inout Quantity, right: Quantity) { left = left - right }
}
