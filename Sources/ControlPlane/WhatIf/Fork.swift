import CommandHandling
import Domain
import KubeMachinery
import KubeModel

/// A copy of the cluster's state that takes writes as the real one does, in memory and for nobody else.
///
/// Identities are drawn from a counter, so that equal forks and writes give equal states.
struct Fork {
    /// What it is at the moment; always indexed.
    private(set) var state: ClusterState
    /// The fork's own clock.
    var now: Timestamp
    /// The kinds that are served: Purser's own, and those of the definitions in the fork.
    private(set) var registry: Registry
    let sealer: SecretSealer?
    let context: DecisionContext
    /// Tells the identities of a fork from those of the fork that it was made of.
    private let origin: Position
    private var drawn: UInt64 = 0

    init(_ state: ClusterState, now: Timestamp, sealer: SecretSealer?, serviceRange: AddressRange) {
        self.state = state
        self.state.buildIndexes()
        origin = state.position
        (self.now, self.sealer) = (now, sealer?.copy())
        registry = Self.registry(of: state)
        context = DecisionContext(term: 0, serviceRange: serviceRange)
    }

    struct Result {
        /// What changed; nil if the object already was as asked for.
        var transition: ObjectTransition?
        var warnings: [String]
    }

    /// Prepares, decides and folds in one write.
    ///
    /// - Throws: the refusal as the API would answer it; the state is then as it was.
    mutating func execute(_ request: WriteRequest) throws(KubeStatus) -> Result {
        drawn += 1
        let uid = uid(drawn)
        if case .create = request.operation, request.type.groupResource == .secrets, let sealer {
            do { _ = try sealer.makeKey(uid: uid) } catch { throw .internalError("a data key cannot be made") }
        }
        let preparation = Preparation(
            state: state, request: request, now: now, newUID: uid, suffix: GeneratedName.suffix("\(origin)/\(drawn)"),
            sealer: sealer)
        switch try preparation.prepare() {
        case .unchanged(_, let warnings): return Result(warnings: warnings)
        case .change(let change, let warnings):
            let command = Command(caller: request.origin.caller, callID: request.origin.callID, changes: [change])
            let transition = try state.carryOut(command, context: context).first
            if transition?.key.resource == .customResourceDefinitions { registry = Self.registry(of: state) }
            return Result(transition: transition, warnings: warnings)
        }
    }

    private static func registry(of state: ClusterState) -> Registry {
        Registry(state.definitions.filter(\.isEstablished))
    }

    private func uid(_ number: UInt64) -> String {
        func digits(_ number: UInt64, _ count: Int) -> String {
            let text = String(number, radix: 16)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return "\(digits(UInt64(origin), 8))-0000-4000-8000-\(digits(number, 12))"
    }
}
