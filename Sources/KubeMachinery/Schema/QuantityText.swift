/// The canonical text of a resource quantity, exact over the whole range of 128 bits.
///
/// The unit keeps its family (binary, decimal or exponent); the number is whole and has the largest unit that leaves it
/// so: `0.5` is `500m`, `1500Mi` stays, `1024Mi` is `1Gi`. Source: the notes on `Quantity` in
/// `apimachinery/pkg/api/resource/quantity.go`.
enum QuantityText {
    private enum Family { case binary, decimal, exponent }

    /// Nil where the text is no quantity.
    static func canonical(_ text: String) -> String? {
        guard let (mantissa, power, family, shift) = parse(text) else { return nil }
        if family == .binary { return binary(mantissa, power, shift) }
        return decimal(mantissa, power, family)
    }

    /// mantissa × 10^power × 2^shift
    private static func parse(_ text: String) -> (Int128, Int, Family, Int)? {
        var bytes = text.utf8[...]
        var negative = false
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            negative = sign == UInt8(ascii: "-")
            bytes.removeFirst()
        }
        var mantissa: Int128 = 0
        var (power, digits, seenPoint) = (0, 0, false)
        while let byte = bytes.first {
            if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
            } else if (0x30...0x39).contains(byte), digits < 30 {
                mantissa = mantissa * 10 + Int128(byte - 0x30)
                digits += 1
                if seenPoint { power -= 1 }
            } else {
                break
            }
            bytes.removeFirst()
        }
        guard digits > 0, let unit = unit(String(bytes) ?? "?") else { return nil }
        return (negative ? -mantissa : mantissa, power + unit.power, unit.family, unit.shift)
    }

    private static func unit(_ suffix: String) -> (power: Int, shift: Int, family: Family)? {
        switch suffix {
        case "": return (0, 0, .decimal)
        case "n": return (-9, 0, .decimal)
        case "u": return (-6, 0, .decimal)
        case "m": return (-3, 0, .decimal)
        case "k": return (3, 0, .decimal)
        case "M": return (6, 0, .decimal)
        case "G": return (9, 0, .decimal)
        case "T": return (12, 0, .decimal)
        case "P": return (15, 0, .decimal)
        case "E": return (18, 0, .decimal)
        case "Ki": return (0, 10, .binary)
        case "Mi": return (0, 20, .binary)
        case "Gi": return (0, 30, .binary)
        case "Ti": return (0, 40, .binary)
        case "Pi": return (0, 50, .binary)
        case "Ei": return (0, 60, .binary)
        default:
            guard suffix.first == "e" || suffix.first == "E", let power = Int(suffix.dropFirst()), abs(power) <= 18
            else {
                return nil
            }
            return (power, 0, .exponent)
        }
    }

    private static let decimalUnits = [
        -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E",
    ]
    private static let binaryUnits = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

    private static func decimal(_ mantissa: Int128, _ power: Int, _ family: Family) -> String? {
        guard mantissa != 0 else { return "0" }
        var (mantissa, power) = (mantissa, power)
        while power < -9 { (mantissa, power) = (dividedUp(mantissa, 10), power + 1) }
        while mantissa % 10 == 0, power < 18 { (mantissa, power) = (mantissa / 10, power + 1) }
        while power % 3 != 0 || power > 18 {
            let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            (mantissa, power) = (product, power - 1)
        }
        if family == .exponent { return power == 0 ? "\(mantissa)" : "\(mantissa)e\(power)" }
        return "\(mantissa)\(decimalUnits[power] ?? "")"
    }

    private static func binary(_ mantissa: Int128, _ power: Int, _ shift: Int) -> String? {
        var scale: Int128 = 1
        for _ in 0..<(-power) { scale *= 10 }
        let (product, overflow) = mantissa.multipliedReportingOverflow(by: 1 << Int128(shift))
        guard !overflow else { return nil }
        // Below one unit of the family only thousandths are exact, so Kubernetes writes those in decimal.
        if abs(product) < 1024 * scale {
            guard product % scale != 0 else { return decimal(product / scale, 0, .decimal) }
            let (nano, overflow) = product.multipliedReportingOverflow(by: 1_000_000_000)
            return overflow ? nil : decimal(dividedUp(nano, scale), -9, .decimal)
        }
        var value = dividedUp(product, scale)
        var unit = 0
        while value % 1024 == 0, unit < 6 { (value, unit) = (value / 1024, unit + 1) }
        return "\(value)\(binaryUnits[unit])"
    }

    /// Rounds away from zero, as Kubernetes rounds what is finer than it keeps.
    private static func dividedUp(_ value: Int128, _ divisor: Int128) -> Int128 {
        let quotient = value / divisor
        return value % divisor == 0 ? quotient : quotient + (value < 0 ? -1 : 1)
    }
}
