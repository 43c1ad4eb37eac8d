import CommandHandling
import Domain
import KubeMachinery
import KubeModel

/// Answers what a change would lead to, on a fork of a state.
public struct WhatIf: Sendable {
    let sealer: SecretSealer?
    let serviceRange: AddressRange

    public init(sealer: SecretSealer?, serviceRange: AddressRange) {
        (self.sealer, self.serviceRange) = (sealer, serviceRange)
    }

    /// With the keys and addresses of the cluster that is written to.
    public init(_ writer: Writer) { self.init(sealer: writer.sealer, serviceRange: writer.serviceRange) }

    /// Applies the change to a fork and runs it to its end. Takes the processor for as long as that lasts.
    ///
    /// - Parameters:
    ///   - state: what is forked.
    ///   - time: when that was; the simulation's clock starts there.
    /// - Throws: 400 that names the document at fault, 403 for what the caller may not do; CancellationError once `isCancelled` says so.
    public func report(
        _ request: WhatIfRequest, on state: ClusterState, at time: Timestamp, isCancelled: () -> Bool = { false }
    ) throws -> WhatIfReport {
        var fork = Fork(state, now: time, sealer: sealer, serviceRange: serviceRange)
        let original = fork.state
        if let nodes = request.nodes { try fork.replaceNodes(by: nodes, request) }
        var changes: [WhatIfChange] = []
        for document in request.documents {
            if isCancelled() { throw CancellationError() }
            changes.append(try fork.apply(document, request))
        }
        for key in request.deletions { changes.append(try fork.delete(key, request)) }
        var simulation = Simulation(fork)
        try simulation.run(isCancelled: isCancelled)
        return WhatIfReport(request, from: original, at: time, changes: changes, simulation)
    }
}
