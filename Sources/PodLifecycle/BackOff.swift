import KubeModel

/// Delays that double after failures in a row: from 10 s to 5 min unless made otherwise.
public struct BackOff: Sendable, Hashable {
    public static let initial = 10.0
    public static let maximum = 300.0
    /// A run this long without failure forgets earlier failures, in seconds.
    public static let forgetAfter = 600.0

    /// The last delay, in seconds; 0 before the first.
    public private(set) var delay = 0.0
    /// When the next try is due; nil if at once.
    public private(set) var until: Timestamp?
    private let first: Double
    private let longest: Double
    private var graceGiven = false

    public init(first: Double = BackOff.initial, longest: Double = BackOff.maximum) {
        (self.first, self.longest) = (first, longest)
    }

    /// For calls to the machine and the API: 1 s to 30 s.
    static let ofWork = BackOff(first: 1, longest: 30)

    /// A failure; the next try waits twice as long as the one before.
    mutating func fail(at now: Timestamp) {
        delay = delay == 0 ? first : min(delay * 2, longest)
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
