import BigInt

/// A decimal number without rounding: an integer of any size over a power of ten.
public struct ExactDecimal: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number times 10^scale, without trailing zeros behind the point.
    public let mantissa: BigInt
    /// Digits behind the point.
    public let scale: Int

    public init(mantissa: BigInt, scale: Int) {
        var (mantissa, scale) = (mantissa, scale)
        while scale > 0 {
            let (quotient, remainder) = mantissa.quotientAndRemainder(dividingBy: 10)
            guard remainder.isZero else { break }
            (mantissa, scale) = (quotient, scale - 1)
        }
        (self.mantissa, self.scale) = (mantissa, scale)
    }

    public init(_ whole: some BinaryInteger) { self.init(mantissa: BigInt(whole), scale: 0) }

    public static let zero = ExactDecimal(0)

    /// Reads `-12.34`; nil for anything else, exponents included.
    public init?(_ text: String) {
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, !whole.isEmpty, parts.allSatisfy(Self.isDigits),
            text.count <= 100
        else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard parts.count == 1 || !fraction.isEmpty, let mantissa = BigInt(String(whole + fraction)) else { return nil }
        self.init(mantissa: isNegative ? -mantissa : mantissa, scale: fraction.count)
    }

    private static func isDigits(_ text: Substring) -> Bool { text.utf8.allSatisfy { (0x30...0x39).contains($0) } }

    static func powerOfTen(_ exponent: Int) -> BigInt { BigInt(10).power(exponent) }

    private func mantissa(atScale scale: Int) -> BigInt { mantissa * Self.powerOfTen(scale - self.scale) }

    public static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        let scale = max(left.scale, right.scale)
        return ExactDecimal(mantissa: left.mantissa(atScale: scale) + right.mantissa(atScale: scale), scale: scale)
    }
    public static func - (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        let scale = max(left.scale, right.scale)
        return ExactDecimal(mantissa: left.mantissa(atScale: scale) - right.mantissa(atScale: scale), scale: scale)
    }
    public static func * (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        ExactDecimal(mantissa: left.mantissa * right.mantissa, scale: left.scale + right.scale)
    }
    public static func += (left: inout ExactDecimal, right: ExactDecimal) { left = left + right }
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool { (left - right).mantissa < 0 }

    /// The quotient with a number of digits behind the point, rounded half to even. The divisor is positive.
    public func divided(by divisor: BigInt, digits: Int) -> ExactDecimal {
        precondition(divisor > 0 && digits >= 0)
        let shift = digits - scale
        let numerator = shift >= 0 ? mantissa * Self.powerOfTen(shift) : mantissa
        let denominator = shift >= 0 ? divisor : divisor * Self.powerOfTen(-shift)
        let (quotient, remainder) = numerator.magnitude.quotientAndRemainder(dividingBy: denominator.magnitude)
        let double = remainder * 2
        let isUp = double > denominator.magnitude || (double == denominator.magnitude && quotient % 2 == 1)
        let rounded = BigInt(isUp ? quotient + 1 : quotient)
        return ExactDecimal(mantissa: mantissa < 0 ? -rounded : rounded, scale: digits)
    }

    /// Rounded half to even.
    public func rounded(digits: Int) -> ExactDecimal { divided(by: 1, digits: digits) }

    public var description: String {
        guard scale > 0 else { return mantissa.description }
        let digits = mantissa.magnitude.description
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return "\(mantissa < 0 ? "-" : "")\(padded.dropLast(scale)).\(padded.suffix(scale))"
    }

    /// With exactly so many digits behind the point, rounded half to even: money in a table.
    public func formatted(digits: Int) -> String {
        let number = rounded(digits: digits)
        guard digits > 0 else { return number.description }
        let missing = digits - number.scale
        return number.description + (number.scale == 0 ? "." : "") + String(repeating: "0", count: missing)
    }
}
