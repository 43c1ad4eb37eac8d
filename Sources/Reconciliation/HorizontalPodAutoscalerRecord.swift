import KubeModel

/// What an autoscaler remembers: which counts were called for, and how it scaled. It stands in annotations, which are
/// part of the state, so that a restart or another leader goes on where the last one stood and never scales down at
/// once because it forgot.
///
/// Recommendations are a step function: each holds from its moment until the next one's, so that a constant load adds
/// nothing and a time without metrics counts as if nothing had changed.
struct AutoscalingRecord: Equatable {
    struct Entry: Equatable {
        var at: Timestamp
        var value: Int64
    }

    static let recommendationsAnnotation = "purser.dev/recommendations"
    static let scalingsAnnotation = "purser.dev/scalings"

    /// Counts, each called for from its moment on; rising by time.
    private(set) var recommendations: [Entry]
    /// Pods added (positive) or taken away; rising by time.
    private(set) var scalings: [Entry]

    init(recommendations: [Entry] = [], scalings: [Entry] = []) {
        (self.recommendations, self.scalings) = (recommendations, scalings)
    }

    /// What cannot be read counts as not there.
    init(annotations: [String: String]) {
        self.init(
            recommendations: Self.entries(annotations[Self.recommendationsAnnotation]),
            scalings: Self.entries(annotations[Self.scalingsAnnotation]))
    }

    var annotations: [(name: String, value: String?)] {
        [
            (Self.recommendationsAnnotation, Self.text(recommendations)),
            (Self.scalingsAnnotation, Self.text(scalings)),
        ]
    }

    private static func entries(_ text: String?) -> [Entry] {
        let entries = (text ?? "").split(separator: ",").compactMap { part -> Entry? in
            let words = part.split(separator: " ")
            guard words.count == 2, let at = Timestamp(rfc3339: String(words[0])), let value = Int64(words[1]) else {
                return nil
            }
            return Entry(at: at, value: value)
        }
        return entries.sorted { $0.at < $1.at }
    }

    private static func text(_ entries: [Entry]) -> String? {
        entries.isEmpty ? nil : entries.map { "\($0.at.rfc3339Micro) \($0.value)" }.joined(separator: ",")
    }

    /// Without anything to remember, the present count counts as called for.
    mutating func begin(with replicas: Int64, at now: Timestamp) {
        if recommendations.isEmpty { recommendations = [Entry(at: now, value: replicas)] }
    }

    mutating func recommend(_ replicas: Int64, at now: Timestamp) {
        guard recommendations.last?.value != replicas else { return }
        recommendations.append(Entry(at: now, value: replicas))
    }

    mutating func scaled(by difference: Int64, at now: Timestamp) {
        scalings.append(Entry(at: now, value: difference))
    }

    /// Drops what no rule looks back to any more.
    mutating func forget(before now: Timestamp, _ behavior: AutoscalingBehavior) {
        let window = now.adding(seconds: -Double(max(behavior.up.window, behavior.down.window)))
        while recommendations.count > 1, recommendations[1].at <= window { recommendations.removeFirst() }
        let period = now.adding(seconds: -Double(max(behavior.up.longestPeriod, behavior.down.longestPeriod)))
        scalings.removeAll { $0.at <= period }
    }

    /// The counts that were called for at some moment of the last `seconds`.
    func recommended(within seconds: Int64, of now: Timestamp) -> [Int64] {
        let start = now.adding(seconds: -Double(seconds))
        return recommendations.indices.filter { index in
            index + 1 == recommendations.count || recommendations[index + 1].at > start
        }.map { recommendations[$0].value }
    }

    /// Pods that were added and taken away in the last `seconds`.
    func changes(within seconds: Int64, of now: Timestamp) -> (added: Int64, removed: Int64) {
        let start = now.adding(seconds: -Double(seconds))
        return scalings.filter { $0.at > start }.reduce(into: (0, 0)) { sums, entry in
            if entry.value > 0 { sums.added += entry.value } else { sums.removed -= entry.value }
        }
    }
}
