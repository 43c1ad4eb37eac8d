import KubeMachinery
import KubeModel
import Scheduling

extension ClusterState {
    /// Every object's whole form is in the log at creation and at each multiple of this revision.
    public static let keyframeInterval: Revision = 32

    /// `decide`: the events that a command leads to at this state, or why it leads to none. Pure.
    public func decide(_ command: Command, context: DecisionContext) -> Decision {
        if let term = command.term, term != context.term {
            return .rejected(
                .conflict(GroupResource("terms.purser.dev"), name: "\(term)", "it was planned in a term that has ended")
            )
        }
        if command.marker == nil, let only = command.changes.first, command.changes.count == 1 {
            switch event(only, command, ordinal: 0, context) {
            case .success(let event): return .events([event])
            case .failure(let refusal): return refusal.decision
            }
        }
        return decideInTurn(command, context)
    }

    /// Each change is decided on what those before it lead to: an object can be ended and made anew, a namespace made
    /// together with what is in it.
    private func decideInTurn(_ command: Command, _ context: DecisionContext) -> Decision {
        var events: [Event] = []
        events.reserveCapacity(command.changes.count + 1)
        if let marker = command.marker {
            events.append(
                Event(
                    stream: marker.stream, revision: 0, type: marker.type, isKeyframe: false,
                    payload: marker.payload.canonicalBytes, caller: command.caller, callID: command.callID, ordinal: 0,
                    cause: command.cause, correlation: command.correlation))
        }
        var state = self
        for change in command.changes {
            switch state.event(change, command, ordinal: events.count, context) {
            case .failure(let refusal): return refusal.decision
            case .success(let event):
                do throws(EvolveError) {
                    // The position counts for nothing: this state is dropped.
                    try state.apply(
                        stream: event.stream, revision: event.revision, type: event.type, isKeyframe: event.isKeyframe,
                        payload: event.payload, position: state.position + 1)
                } catch { return .rejected(.internalError(error.description)) }
                events.append(event)
            }
        }
        return .events(events)
    }

    private struct Refusal: Error {
        let decision: Decision
    }

    private func event(_ change: ObjectChange, _ command: Command, ordinal: Int, _ context: DecisionContext)
        -> Result<Event, Refusal>
    {
        guard self[change.key]?.revision == change.expected else {
            return .failure(Refusal(decision: .stale(change.key)))
        }
        if let refusal = refusal(of: change, context: context) {
            return .failure(Refusal(decision: .rejected(refusal)))
        }
        switch payloadBytes(of: change, context: context) {
        case .success(let payload): return .success(event(change, payload, command, ordinal: ordinal))
        case .failure(let status): return .failure(Refusal(decision: .rejected(status)))
        }
    }

    private func event(_ change: ObjectChange, _ payload: [UInt8], _ command: Command, ordinal: Int) -> Event {
        let revision = lastRevision(change.key) + 1
        var isKeyframe = change.expected == nil
        var payload = payload
        if !isKeyframe, revision % Self.keyframeInterval == 0, !change.content.isEnd,
            let old = self[change.key]
        {
            payload = ObjectMerge.merge(old.bytes, payload)
            isKeyframe = true
        }
        if !change.remarks.isEmpty { payload = ObjectMerge.adding(change.remarks, to: payload) }
        return Event(
            stream: change.key.description, revision: revision, type: change.type, isKeyframe: isKeyframe,
            payload: payload, caller: command.caller, callID: command.callID, ordinal: ordinal, cause: command.cause,
            correlation: command.correlation)
    }

    private func payloadBytes(of change: ObjectChange, context: DecisionContext) -> Result<[UInt8], KubeStatus> {
        switch change.content {
        case .members(let bytes): return .success(bytes)
        case .ended: return .success(Array("{}".utf8))
        case .service(let service, let changed):
            return ServiceAllocation(state: self, context: context).complete(service, key: change.key).map { complete in
                guard change.expected != nil else { return complete.canonicalBytes }
                var members: JSON = [:]
                for name in changed { members[name] = complete[name] ?? .null }
                members["spec"] = complete["spec"]
                return members.canonicalBytes
            }
        }
    }

    /// The invariants that only the head can answer.
    private func refusal(of change: ObjectChange, context: DecisionContext) -> KubeStatus? {
        if change.expected == nil, !change.key.namespace.isEmpty, let refusal = namespaceRefusal(change.key) {
            return refusal
        }
        if change.expected == nil, let refusal = definitionRefusal(change.key) { return refusal }
        if let node = change.node { return bindingRefusal(change.key, node: node) }
        return nil
    }

    private func namespaceRefusal(_ key: ObjectKey) -> KubeStatus? {
        switch namespaceState(key.namespace) {
        case .active: return nil
        case .absent: return .notFound(.namespaces, name: key.namespace)
        case .terminating:
            // A Kubernetes Event about the end of a namespace must not be lost, yet Kubernetes refuses it as well.
            var status = KubeStatus.forbidden(
                key.resource, name: key.name,
                "unable to create new content in namespace \(key.namespace) because it is being terminated")
            status.causes = [
                KubeStatus.Cause(
                    reason: "NamespaceTerminating", message: "namespace \(key.namespace) is being terminated",
                    field: "metadata.namespace")
            ]
            return status
        }
    }

    /// A custom resource needs its definition, which has the name of the resource. While that is being deleted nothing
    /// new may come, or it would be left behind.
    private func definitionRefusal(_ key: ObjectKey) -> KubeStatus? {
        guard Registry.builtIn.type(key.resource) == nil, !key.resource.description.hasSuffix(".purser.dev") else {
            return nil
        }
        guard let definition = self[ObjectKey(.customResourceDefinitions, name: key.resource.description)] else {
            return .noSuchPath()
        }
        guard definition.isBeingDeleted else { return nil }
        return KubeStatus(
            code: 405, reason: "MethodNotAllowed",
            message: "create not allowed while custom resource definition is terminating")
    }

    private func bindingRefusal(_ pod: ObjectKey, node: String) -> KubeStatus? {
        guard let object = self[ObjectKey(.nodes, name: node)] else { return .notFound(.nodes, name: node) }
        guard let indexes, let stored = self[pod] else { return nil }
        let allocatable = object.member("status", "allocatable") ?? [:]
        var total = indexes.nodeRequests[node] ?? ResourceAmounts()
        total += PodDemand.requests(of: stored.member("spec") ?? [:])
        func exceeds(_ resource: String, _ asked: Int64, _ value: (Quantity) -> Int64) -> String? {
            guard let limit = Quantity(json: allocatable[resource]).map(value), asked > limit else { return nil }
            return "\(resource): \(asked) of \(limit)"
        }
        let faults = [
            exceeds("cpu", total.milliCPU, \.milliValue), exceeds("memory", total.memory, \.value),
            exceeds("pods", total.pods, \.value),
        ].compactMap { $0 }
        guard !faults.isEmpty else { return nil }
        return .conflict(.pods, name: pod.name, "node \(node) has no room for it (\(faults.joined(separator: ", ")))")
    }
}
