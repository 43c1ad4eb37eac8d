import KubeModel

/// A pod on its way to its end.
struct Termination: Sendable, Hashable {
    enum Cause: Sendable, Hashable {
        /// The API asks for it, or has no such object any more.
        case deleted
        /// All containers ended and none will be restarted.
        case completed
        /// The node ends it: the pod has failed for this reason (`DeadlineExceeded`, `Evicted`, …).
        case failed(reason: String, message: String)
    }

    /// The steps, in their order.
    enum Stage: Sendable, Hashable, Comparable {
        /// Waiting for open connections to end, at most until then.
        case draining(until: Timestamp)
        /// Containers are stopped; what still runs at the deadline is killed.
        case stoppingContainers(deadline: Timestamp)
        case stoppingSandbox
        case reportingUsage
        case releasing
        /// Nothing runs and nothing is held; only the record and the logs remain.
        case ended
        case removing
        case deletingObject
        case finished

        private var rank: Int {
            switch self {
            case .draining: 0
            case .stoppingContainers: 1
            case .stoppingSandbox: 2
            case .reportingUsage: 3
            case .releasing: 4
            case .ended: 5
            case .removing: 6
            case .deletingObject: 7
            case .finished: 8
            }
        }
        static func < (left: Stage, right: Stage) -> Bool { left.rank < right.rank }
    }

    var cause: Cause
    var stage: Stage
}
