import KubeMachinery
import KubeModel

/// How fast an autoscaler may act: `spec.behavior`, with the defaults where that is silent.
struct AutoscalingBehavior: Equatable {
    struct Policy: Equatable {
        enum Amount: Equatable { case pods(Int64), percent(Int64) }
        var amount: Amount
        /// Seconds.
        var period: Int64
    }

    struct Rules: Equatable {
        enum Selection: String { case max = "Max", min = "Min", disabled = "Disabled" }
        var policies: [Policy]
        var selection: Selection
        /// Seconds for which recommendations are held.
        var window: Int64
        /// How far usage may be off its target, as a fraction, before anything is done.
        var tolerance: Double

        var longestPeriod: Int64 { policies.map(\.period).max() ?? 0 }
    }

    /// What limits a count.
    enum Limit: String {
        case within = "DesiredWithinRange"
        case tooMany = "TooManyReplicas"
        case tooFew = "TooFewReplicas"
        case upLimit = "ScaleUpLimit"
        case downLimit = "ScaleDownLimit"
    }

    struct Limited: Equatable {
        var replicas: Int64
        var reason: Limit
    }

    struct Tolerance: Equatable {
        var up: Double
        var down: Double
        func admits(_ ratio: Double) -> Bool { 1 - down <= ratio && ratio <= 1 + up }
    }

    /// The controller's own figures (`--horizontal-pod-autoscaler-downscale-stabilization`, `-tolerance`).
    private static let downWindow: Int64 = 300
    private static let usualTolerance = 0.1

    var up: Rules
    var down: Rules

    var tolerance: Tolerance { Tolerance(up: up.tolerance, down: down.tolerance) }

    init(of autoscaler: KubeObject) {
        let behavior = autoscaler.spec["behavior"]
        up = Self.rules(behavior?["scaleUp"] ?? Defaulting.scaleUpRules, window: 0)
        down = Self.rules(behavior?["scaleDown"] ?? Defaulting.scaleDownRules, window: Self.downWindow)
    }

    private static func rules(_ json: JSON, window: Int64) -> Rules {
        let policies = json.array("policies").map { policy in
            let value = policy.int("value") ?? 0
            return Policy(
                amount: policy.string("type") == "Percent" ? .percent(value) : .pods(value),
                period: policy.int("periodSeconds") ?? 0)
        }
        let tolerance = Quantity(json: json["tolerance"]).map { Double($0.nano) / 1e9 }
        return Rules(
            policies: policies, selection: json.string("selectPolicy").flatMap(Rules.Selection.init) ?? .max,
            window: json.int("stabilizationWindowSeconds") ?? window, tolerance: tolerance ?? usualTolerance)
    }

    /// The count nearest to the present one of all that were called for within the windows: up by no more than the
    /// least of them, down by no more than to the most.
    func stabilized(_ proposal: Int64, current: Int64, _ record: AutoscalingRecord, now: Timestamp) -> Int64 {
        let ceiling = record.recommended(within: up.window, of: now).reduce(proposal, min)
        let floor = record.recommended(within: down.window, of: now).reduce(proposal, max)
        return min(max(current, ceiling), floor)
    }

    /// The count within the limits of the policies and of `minReplicas` and `maxReplicas`.
    func limited(
        _ wanted: Int64, current: Int64, within range: ClosedRange<Int64>, _ record: AutoscalingRecord, now: Timestamp
    ) -> Limited {
        if wanted > current {
            let limit = max(upLimit(current, record, now: now), current)
            let most = min(range.upperBound, limit)
            guard wanted > most else { return Limited(replicas: wanted, reason: .within) }
            return Limited(replicas: most, reason: limit < range.upperBound ? .upLimit : .tooMany)
        }
        if wanted < current {
            let limit = min(downLimit(current, record, now: now), current)
            let least = max(range.lowerBound, limit)
            guard wanted < least else { return Limited(replicas: wanted, reason: .within) }
            return Limited(replicas: least, reason: limit > range.lowerBound ? .downLimit : .tooFew)
        }
        return Limited(replicas: wanted, reason: .within)
    }

    private func upLimit(_ current: Int64, _ record: AutoscalingRecord, now: Timestamp) -> Int64 {
        let limits = limits(up, current, record, now: now) { start, amount in
            switch amount {
            case .pods(let count): start + count
            case .percent(let percent): (start * (100 + percent) + 99) / 100
            }
        }
        switch up.selection {
        case .disabled: return current
        case .max: return limits.max() ?? current
        case .min: return limits.min() ?? current
        }
    }

    private func downLimit(_ current: Int64, _ record: AutoscalingRecord, now: Timestamp) -> Int64 {
        let limits = limits(down, current, record, now: now) { start, amount in
            switch amount {
            case .pods(let count): start - count
            case .percent(let percent): start * (100 - percent) / 100
            }
        }
        switch down.selection {
        case .disabled: return current
        // The policy that changes most is the one with the lowest limit.
        case .max: return limits.min() ?? current
        case .min: return limits.max() ?? current
        }
    }

    /// What each policy allows, counted from what there was when its period began.
    private func limits(
        _ rules: Rules, _ current: Int64, _ record: AutoscalingRecord, now: Timestamp,
        _ limit: (Int64, Policy.Amount) -> Int64
    ) -> [Int64] {
        rules.policies.map { policy in
            let (added, removed) = record.changes(within: policy.period, of: now)
            return limit(current - added + removed, policy.amount)
        }
    }
}
