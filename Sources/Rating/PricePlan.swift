import BigInt
import KubeModel

/// What is measured and priced.
public enum Meter: String, Sendable, Hashable, CaseIterable {
    case cpu, memory, ioRead, ioWrite, networkSent

    /// The rate's name in a price plan.
    public var rateName: String {
        switch self {
        case .cpu: "cpuSecond"
        case .memory: "memoryGiBHour"
        case .ioRead: "ioReadGiB"
        case .ioWrite: "ioWriteGiB"
        case .networkSent: "networkSentGiB"
        }
    }

    /// How many of the kernel's counts one priced unit is.
    public var unit: BigInt {
        switch self {
        case .cpu: 1_000_000_000
        case .memory: BigInt(1 << 30) * 3600
        case .ioRead, .ioWrite, .networkSent: BigInt(1 << 30)
        }
    }

    public func count(in counters: UsageCounters) -> Int128 {
        switch self {
        case .cpu: counters.cpuNanoseconds
        case .memory: counters.memoryByteSeconds
        case .ioRead: counters.ioReadBytes
        case .ioWrite: counters.ioWriteBytes
        case .networkSent: counters.networkSentBytes
        }
    }
}

/// Prices from a time on.
public struct Rate: Sendable, Hashable {
    public var effectiveFrom: Timestamp
    public var prices: [Meter: ExactDecimal]
    public init(effectiveFrom: Timestamp, prices: [Meter: ExactDecimal]) {
        (self.effectiveFrom, self.prices) = (effectiveFrom, prices)
    }
}

/// What usage costs. Usage before the first rate costs nothing.
public struct PricePlan: Sendable, Hashable {
    /// ISO 4217: `EUR`.
    public var currency: String
    /// Rising by time.
    public var rates: [Rate]

    public init(currency: String, rates: [Rate]) {
        (self.currency, self.rates) = (currency, rates.sorted { $0.effectiveFrom < $1.effectiveFrom })
    }

    /// What a new installation charges: figures to be replaced, of the order of public clouds.
    public static let standard = PricePlan(
        currency: "USD",
        rates: [
            Rate(
                effectiveFrom: Timestamp(seconds: 0),
                prices: [
                    .cpu: ExactDecimal(mantissa: 11, scale: 6), .memory: ExactDecimal(mantissa: 45, scale: 4),
                    .ioRead: ExactDecimal(mantissa: 1, scale: 3), .ioWrite: ExactDecimal(mantissa: 2, scale: 3),
                    .networkSent: ExactDecimal(mantissa: 8, scale: 2),
                ])
        ])

    /// The times at which prices change.
    public var boundaries: [Timestamp] { rates.map(\.effectiveFrom) }

    /// The price in a span between boundaries, as `PodUsage.span` counts them.
    func price(of meter: Meter, span: Int) -> ExactDecimal {
        span > 0 && span <= rates.count ? rates[span - 1].prices[meter] ?? .zero : .zero
    }
}

extension PricePlan {
    public var json: JSON {
        [
            "apiVersion": "purser.dev/v1alpha1", "kind": "PricePlan", "currency": .string(currency),
            "rates": .array(
                rates.map { rate in
                    var json: JSON = ["effectiveFrom": .string(rate.effectiveFrom.rfc3339)]
                    for (meter, price) in rate.prices { json[meter.rateName] = .string(price.description) }
                    return json
                }),
        ]
    }

    /// Reads what `json` writes. Prices are decimal strings (or whole numbers); a number with a fraction is refused,
    /// because JSON's numbers are binary and 0.1 would no longer be a tenth.
    public init(json: JSON) throws(KubeStatus) {
        guard let currency = json.string("currency"), currency.count == 3,
            currency.allSatisfy({ ("A"..."Z").contains($0) })
        else { throw Self.fault("currency", "must be three capital letters such as EUR (ISO 4217)") }
        var rates: [Rate] = []
        for (index, entry) in json.array("rates").enumerated() {
            rates.append(try Self.rate(entry, path: "rates[\(index)]"))
        }
        guard !rates.isEmpty else {
            throw Self.fault("rates", "must hold at least one entry with effectiveFrom and prices")
        }
        guard Set(rates.map(\.effectiveFrom)).count == rates.count else {
            throw Self.fault("rates", "must not hold two entries with one effectiveFrom")
        }
        self.init(currency: currency, rates: rates)
    }

    private static func rate(_ entry: JSON, path: String) throws(KubeStatus) -> Rate {
        guard let from = entry.string("effectiveFrom").flatMap(Timestamp.init(rfc3339:)) else {
            throw fault("\(path).effectiveFrom", "must be a time such as 2026-01-01T00:00:00Z")
        }
        let meters = Dictionary(uniqueKeysWithValues: Meter.allCases.map { ($0.rateName, $0) })
        var prices: [Meter: ExactDecimal] = [:]
        for (name, value) in entry.objectValue ?? [:] where name != "effectiveFrom" {
            guard let meter = meters[name] else {
                throw fault("\(path).\(name)", "is no meter; known are \(meters.keys.sorted().joined(separator: ", "))")
            }
            guard let price = price(value), price >= .zero else {
                throw fault(
                    "\(path).\(name)", "must be a decimal in quotation marks such as \"0.0045\", not below zero")
            }
            prices[meter] = price
        }
        return Rate(effectiveFrom: from, prices: prices)
    }

    private static func price(_ value: JSON) -> ExactDecimal? {
        switch value {
        case .string(let text): ExactDecimal(text)
        case .int(let whole): ExactDecimal(whole)
        default: nil
        }
    }

    private static func fault(_ field: String, _ message: String) -> KubeStatus {
        .invalid(
            GroupVersionKind(group: "purser.dev", version: "v1alpha1", kind: "PricePlan"), name: "",
            [KubeStatus.Cause(reason: "FieldValueInvalid", message: message, field: field)])
    }
}
