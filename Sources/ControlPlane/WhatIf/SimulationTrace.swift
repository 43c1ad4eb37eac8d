import Domain
import KubeModel
import Scheduling

/// What a simulation passed through on its way.
struct SimulationTrace {
    struct TrafficSwitch: Sendable {
        var deployment: ObjectKey
        /// The hash of the side that serves from then on.
        var side: String
        var seconds: Double
    }

    /// When the last write was, in seconds from the start.
    private(set) var lastChange = 0.0
    private var changed: [ObjectKey: Double] = [:]
    private(set) var switches: [TrafficSwitch] = []
    /// What pods asked for at most at any one time, ended ones left out, and when.
    private(set) var peak = (requests: ResourceAmounts(), seconds: 0.0)
    private var requested = ResourceAmounts()
    /// Planned writes that were refused to the end, by what they were planned for.
    var refusals: [ObjectKey: String] = [:]
    /// What had yet to be done when the limit of time was reached.
    var unfinished: [ObjectKey] = []
    /// True if it ended because of the number of its steps.
    var stoppedEarly = false

    mutating func note(_ transition: ObjectTransition, at seconds: Double) {
        lastChange = seconds
        changed[transition.key] = seconds
        if transition.type == EventCatalogue.trafficSwitched {
            let side = transition.new?.member("status", "blueGreen")?.string("activeHash") ?? ""
            switches.append(TrafficSwitch(deployment: transition.key, side: side, seconds: seconds))
        }
    }

    mutating func notePod(_ old: KubeObject?, _ new: KubeObject?, at seconds: Double) {
        if let old, Self.counts(old) { requested -= PodDemand.requests(of: old.spec) }
        if let new, Self.counts(new) { requested += PodDemand.requests(of: new.spec) }
        let grown = (requested - peak.requests).atLeastZero
        if grown.milliCPU > 0 || grown.memory > 0 || grown.pods > 0 { peak = (requested.union(peak.requests), seconds) }
    }

    private static func counts(_ pod: KubeObject) -> Bool {
        !["Succeeded", "Failed"].contains(pod.status.string("phase"))
    }

    /// What was written in the last seconds before a moment.
    func moving(since seconds: Double) -> [ObjectKey] { changed.filter { $0.value >= seconds }.keys.sorted() }
}
