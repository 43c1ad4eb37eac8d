import KubeModel

/// Delays that double from 10 s to 5 min after failures in a row.
public struct BackOff: Sendable, Hashable {
    public static let initial = 10.0
    public static let maximum = 300.0
    /// A run this long without failure forgets earlier failures, in seconds.
    public static let forgetAfter = 600.0

    /// The last delay, in seconds; 0 before the first.
    public private(set) var delay = 0.0
    /// When the next try is due; nil if at once.
    public private(set) var until: Timestamp?
    private var graceGiven = false

    public init() {}

    /// A failure whose next try waits 10, 20, 40 … seconds.
    mutating func fail(at now: Timestamp) {
        delay = delay == 0 ? Self.initial : min(delay * 2, Self.maximum)
        until = now.adding(seconds: delay)
    }

    /// A container's exit after running for some seconds: the first restart is at once, later ones wait.
    mutating func exit(at finished: Timestamp, ranSeconds: Double) {
        if ranSeconds >= Self.forgetAfter { self = BackOff() }
        guard graceGiven else {
            graceGiven = true
            until = nil
            return
        }
        fail(at: finished)
    }

    func isWaiting(at now: Timestamp) -> Bool { until.map { $0 > now } ?? false }
}
