import Domain
import KubeModel
import Scheduling

/// What a change would lead to.
public struct WhatIfReport: Sendable {
    /// The position that history was forked at, and when that was.
    public var position: Position
    public var time: Timestamp
    public var changes: [WhatIfChange] = []
    /// The workloads that the change concerns, those that do not run, and those that differ at the end, in order.
    public var workloads: [Workload] = []
    /// How many others end as they began.
    public var unchangedWorkloads = 0
    /// Pods that are new on their node.
    public var placements: [Placement] = []
    /// Pods that find no node, by workload.
    public var waiting: [Waiting] = []
    /// What all workloads ask for.
    public var requests = (before: ResourceAmounts(), after: ResourceAmounts())
    /// What pods asked for at most at any one time, and how many seconds from the start.
    public var peak = (requests: ResourceAmounts(), seconds: 0.0)
    /// What the nodes offer at the end.
    public var allocatable = ResourceAmounts()
    public var switches: [(deployment: ObjectKey, side: String, seconds: Double)] = []
    /// Planned writes that were refused to the end, by what they were planned for.
    public var refusals: [(key: ObjectKey, reason: String)] = []
    /// Seconds of simulated time until nothing moved any more.
    public var settledAfter = 0.0
    /// What still moved when the limit of simulated time was reached; empty if the cluster came to rest.
    public var moving: [ObjectKey] = []

    /// A workload that stands for itself: a Deployment, or a ReplicaSet or a pod that no controller keeps.
    public struct Workload: Sendable {
        public var key: ObjectKey
        /// Nil where it is not there.
        public var before: WorkloadCount?
        public var after: WorkloadCount?
        public var requests = (before: ResourceAmounts(), after: ResourceAmounts())
        /// Pods by node.
        public var nodes = (before: [String: Int](), after: [String: Int]())
        /// True if it does not run at the end, and did before or is what the change is about.
        public var isInTrouble = false
    }

    public struct Placement: Sendable {
        public var pod: ObjectKey
        public var node: String
        public var workload: ObjectKey
    }

    /// Pods of one workload that find no node for the same reason.
    public struct Waiting: Sendable {
        public var workload: ObjectKey
        public var pods: [String]
        /// How many of them waited before the change.
        public var waitedBefore: Int
        /// The scheduler's words.
        public var message: String
        /// What all of them ask for together beyond what is free; zero where the room is there in sum.
        public var shortfall: ResourceAmounts
        /// What each node lacks for one of them.
        public var nodes: [(node: String, reasons: [String], lacks: ResourceAmounts)]
    }

    /// Everything was accepted and runs.
    public var runs: Bool {
        !changes.contains { $0.action == .refused } && waiting.allSatisfy { $0.pods.count == $0.waitedBefore }
            && !workloads.contains(where: \.isInTrouble)
    }
}

/// How many pods a workload wants and has.
public struct WorkloadCount: Sendable, Hashable {
    public var desired: Int64
    public var ready: Int64
    /// All of it is as asked for and ready.
    public var runs: Bool
    /// What it says of itself where it does not simply run.
    public var message: String
}
