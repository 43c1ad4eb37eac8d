import BigInt
import KubeModel

/// What one pod's use of one meter costs under one rate: the finest line there is, and the only place where money is
/// rounded (half to even at twelve digits, because a GiB-hour is no finite decimal of byte-seconds). All else are sums
/// of charges, so every total equals the sum of its lines, however they are grouped.
public struct Charge: Sendable, Hashable {
    public static let digits = 12
    public var meter: Meter
    public var amount: ExactDecimal

    init(_ meter: Meter, usage: UsageCounters, price: ExactDecimal) {
        self.meter = meter
        amount = (ExactDecimal(BigInt(meter.count(in: usage))) * price).divided(by: meter.unit, digits: Self.digits)
    }
}

/// What was used and what it costs, in lines.
public struct BillReport: Sendable, Hashable {
    public enum Grouping: String, Sendable, Hashable, CaseIterable { case namespace, workload, pod }

    public struct Line: Sendable, Hashable {
        public var namespace: String
        /// Empty when grouped by namespace.
        public var workload: String
        /// Empty unless grouped by pod.
        public var pod: String
        public var uid: String
        public var used = UsageCounters()
        public var charges: [Meter: ExactDecimal] = [:]
        public var amount: ExactDecimal { charges.values.reduce(.zero, +) }

        mutating func add(_ usage: PodUsage, under plan: PricePlan) {
            used += usage.used
            for meter in Meter.allCases {
                let charge = Charge(meter, usage: usage.used, price: plan.price(of: meter, span: usage.span))
                charges[meter, default: .zero] += charge.amount
            }
        }
    }

    public let period: BillingPeriod
    public let currency: String
    public let grouping: Grouping
    /// By namespace, workload and pod.
    public let lines: [Line]
    /// The sum of the lines.
    public let total: Line

    /// `usage` is of an integration with the plan's boundaries.
    public init(_ usage: [PodUsage], period: BillingPeriod, plan: PricePlan, by grouping: Grouping) {
        var lines: [[String]: Line] = [:]
        var total = Line(namespace: "", workload: "", pod: "", uid: "")
        for one in usage {
            let line = Line(
                namespace: one.namespace, workload: grouping == .namespace ? "" : one.workload,
                pod: grouping == .pod ? one.name : "", uid: grouping == .pod ? one.uid : "")
            lines[[line.namespace, line.workload, line.pod, line.uid], default: line].add(one, under: plan)
            total.add(one, under: plan)
        }
        (self.period, self.currency, self.grouping) = (period, plan.currency, grouping)
        self.lines = lines.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
        self.total = total
    }

    /// Rates the records of a log, given in its order.
    public init(
        records: some Sequence<UsageRecord>, period: BillingPeriod, plan: PricePlan, by grouping: Grouping,
        namespace: String? = nil
    ) {
        var integration = UsageIntegration(period: period, boundaries: plan.boundaries)
        for record in records where namespace == nil || record.namespace == namespace { integration.add(record) }
        self.init(integration.usage, period: period, plan: plan, by: grouping)
    }
}

extension BillReport {
    /// One item a line. Money and CPU-seconds are exact decimal strings; a GiB-hour is shown to nine digits.
    public var json: JSON {
        [
            "apiVersion": "purser.dev/v1alpha1", "kind": "BillReport", "currency": .string(currency),
            "by": .string(grouping.rawValue), "from": .string(period.from.rfc3339Micro),
            "to": .string(period.to.rfc3339Micro), "items": .array(lines.map(\.json)),
            "total": .string(total.amount.description), "totals": total.json,
        ]
    }
}

extension BillReport.Line {
    public var json: JSON {
        func bytes(_ value: Int128) -> JSON { .int(Int64(clamping: value)) }
        let hours = ExactDecimal(BigInt(used.memoryByteSeconds)).divided(by: Meter.memory.unit, digits: 9)
        var json: JSON = [
            "cpuSeconds": .string(ExactDecimal(mantissa: BigInt(used.cpuNanoseconds), scale: 9).description),
            "memoryGiBHours": .string(hours.description),
            "ioReadBytes": bytes(used.ioReadBytes), "ioWriteBytes": bytes(used.ioWriteBytes),
            "networkSentBytes": bytes(used.networkSentBytes),
            "networkReceivedBytes": bytes(used.networkReceivedBytes),
            "charges": .object(JSONObject(charges.map { ($0.key.rawValue, .string($0.value.description)) })),
            "cost": .string(amount.description),
        ]
        for (name, value) in [("namespace", namespace), ("workload", workload), ("pod", pod), ("uid", uid)]
        where !value.isEmpty {
            json[name] = .string(value)
        }
        return json
    }
}
