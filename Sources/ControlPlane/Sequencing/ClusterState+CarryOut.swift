import Domain
import KubeModel

extension ClusterState {
    /// Decides a command and folds its events in: for a copy of the state that nobody else sees.
    ///
    /// - Returns: what changed, in order.
    /// - Throws: the refusal as the API answers it; the state is then as it was.
    mutating func carryOut(_ command: Command, context: DecisionContext) throws(KubeStatus) -> [ObjectTransition] {
        switch decide(command, context: context) {
        case .rejected(let status): throw status
        case .stale(let key): throw .staleResourceVersion(key.resource, name: key.name)
        case .events(let events):
            var state = self
            var transitions: [ObjectTransition] = []
            for event in events where event.changesState {
                do throws(EvolveError) {
                    let transition = try state.apply(
                        stream: event.stream, revision: event.revision, type: event.type, isKeyframe: event.isKeyframe,
                        payload: event.payload, position: state.position + 1)
                    if let transition { transitions.append(transition) }
                } catch { throw .internalError(error.description) }
            }
            self = state
            return transitions
        }
    }
}
