import KubeModel

/// Ages as Kubernetes prints them: `45s`, `3m20s`, `5h`, `12d`, `2y40d`; two units at most and never too exact.
public enum ShortDuration {
    /// - Parameter seconds: an age; more than a second below zero is a clock that runs apart and reads `<invalid>`.
    public static func text(seconds: Int64) -> String {
        let (minutes, hours) = (seconds / 60, seconds / 3600)
        let days = hours / 24
        switch true {
        case seconds < -1: return "<invalid>"
        case seconds < 0: return "0s"
        case seconds < 120: return "\(seconds)s"
        case minutes < 10: return pair(minutes, "m", seconds % 60, "s")
        case minutes < 180: return "\(minutes)m"
        case hours < 8: return pair(hours, "h", minutes % 60, "m")
        case hours < 48: return "\(hours)h"
        case days < 8: return pair(days, "d", hours % 24, "h")
        case days < 730: return "\(days)d"
        case days < 2920: return pair(days / 365, "y", days % 365, "d")
        default: return "\(days / 365)y"
        }
    }

    private static func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
    }

    /// The age at `now` of an RFC 3339 time; `<unknown>` where there is none.
    public static func age(_ time: String?, now: Timestamp) -> String {
        guard let start = time.flatMap(Timestamp.init(rfc3339:)) else { return "<unknown>" }
        return text(seconds: (now.microseconds - start.microseconds) / 1_000_000)
    }
}
