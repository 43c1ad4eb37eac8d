import CommandHandling
import Domain
import EventLog
import Foundation
import KubeMachinery
import KubeModel

/// What a write came to.
public struct WriteResult: Sendable {
    /// The object after the write; before it, if the write ended it.
    public var object: StoredObject?
    public var wasEnded = false
    /// False for a dry run and for a write that changed nothing.
    public var changedState = false
    public var warnings: [String] = []
}

/// Prepares writes on snapshots and takes them through the sequencer. API and controllers alike write through this.
public struct Writer: Sendable {
    /// How often a write is prepared again because somebody else changed the object meanwhile.
    static let attempts = 64

    let cluster: Cluster
    let sealer: SecretSealer?
    let keys: (any KeyTable)?
    let serviceRange: AddressRange

    public init(cluster: Cluster, sealer: SecretSealer?, keys: (any KeyTable)?, serviceRange: AddressRange) {
        (self.cluster, self.sealer, self.keys, self.serviceRange) = (cluster, sealer, keys, serviceRange)
    }

    /// - Throws: the refusal as the API answers it.
    public func execute(_ request: WriteRequest) async throws(KubeStatus) -> WriteResult {
        let uid = UUID().uuidString.lowercased()
        for attempt in 0..<Self.attempts {
            let state = cluster.state
            try await provideKey(for: request, uid: uid)
            let preparation = Preparation(
                state: state, request: request, now: cluster.clock.now, newUID: uid, suffix: Self.randomSuffix(),
                sealer: sealer)
            switch try preparation.prepare() {
            case .unchanged(let object, let warnings): return WriteResult(object: object, warnings: warnings)
            case .change(let change, let warnings):
                let command = Command(
                    caller: request.origin.caller, callID: request.origin.callID, cause: request.origin.cause,
                    correlation: request.origin.correlation, term: request.origin.term, changes: [change])
                if request.isDryRun { return try dryRun(command, on: state, warnings: warnings) }
                switch await cluster.sequencer.submit(command) {
                case .committed(let transitions): return Self.result(transitions.first, warnings: warnings)
                case .rejected(let status): throw status
                case .unavailable(let reason): throw .serviceUnavailable(reason)
                case .stale:
                    if request.statesVersion {
                        throw .staleResourceVersion(request.type.groupResource, name: request.name)
                    }
                    if attempt > 8 { try? await Task.sleep(for: .milliseconds(attempt)) }
                }
            }
        }
        throw KubeStatus(
            code: 409, reason: "Conflict",
            message: "\(request.key) is changed by others faster than this write could be prepared; try again")
    }

    private static func result(_ transition: ObjectTransition?, warnings: [String]) -> WriteResult {
        WriteResult(
            object: transition?.new ?? transition?.old, wasEnded: transition?.new == nil, changedState: true,
            warnings: warnings)
    }

    /// A new Secret's key is durable before anything is sealed with it.
    private func provideKey(for request: WriteRequest, uid: String) async throws(KubeStatus) {
        guard let sealer, request.type.groupResource == .secrets, !request.isDryRun || !sealer.knows(uid: uid) else {
            return
        }
        switch request.operation {
        case .create, .restore: break
        default: return
        }
        guard !sealer.knows(uid: uid) else { return }
        do {
            let (id, wrapped) = try sealer.makeKey(uid: uid)
            if !request.isDryRun { try await keys?.store(key: wrapped, id: id) }
        } catch { throw .serviceUnavailable("the key table cannot be reached; the call had no effect") }
    }

    private func dryRun(_ command: Command, on state: ClusterState, warnings: [String]) throws(KubeStatus)
        -> WriteResult
    {
        var state = state
        switch state.decide(command, context: DecisionContext(term: command.term ?? 0, serviceRange: serviceRange)) {
        case .rejected(let status): throw status
        case .stale(let key): throw .staleResourceVersion(key.resource, name: key.name)
        case .events(let events):
            var transition: ObjectTransition?
            for event in events {
                let record = Envelope.record(event, position: state.position + 1, recordedAt: cluster.clock.now)
                do { transition = try state.apply(record) } catch { throw .internalError(error.description) }
            }
            var result = Self.result(transition, warnings: warnings)
            result.changedState = false
            return result
        }
    }

    /// Five characters of Kubernetes' alphabet for generated names, without vowels and look-alikes.
    static func randomSuffix() -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        return String((0..<5).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }
}

extension WriteRequest {
    /// True if the caller stated the version that the write is for, so that it must not be prepared on another.
    fileprivate var statesVersion: Bool {
        switch operation {
        case .update(let body): !(body.string("metadata", "resourceVersion") ?? "").isEmpty
        case .delete(let options): options.resourceVersion != nil
        default: false
        }
    }
}
