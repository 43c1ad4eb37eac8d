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
        guard let key = try newKey(for: request, uid: uid) else {
            return try await execute(request, uid: uid, key: nil)
        }
        do {
            let result = try await execute(request, uid: uid, key: key)
            if result.object?.uid != uid || !result.changedState { sealer?.forget(uid: uid) }
            return result
        } catch {
            // Of a write whose outcome is unknown, the key may be needed.
            if error.code != 504 { sealer?.forget(uid: uid) }
            throw error
        }
    }

    private typealias NewKey = (id: String, wrapped: [UInt8])

    private func execute(_ request: WriteRequest, uid: String, key: NewKey?) async throws(KubeStatus) -> WriteResult {
        for attempt in 0..<Self.attempts {
            let state = cluster.state
            let preparation = Preparation(
                state: state, request: request, now: cluster.clock.now, newUID: uid,
                suffix: GeneratedName.suffix { Int.random(in: 0..<$0) },
                sealer: sealer)
            switch try preparation.prepare() {
            case .unchanged(let object, let warnings): return WriteResult(object: object, warnings: warnings)
            case .change(let change, let warnings):
                let command = Command(
                    caller: request.origin.caller, callID: request.origin.callID, cause: request.origin.cause,
                    correlation: request.origin.correlation, term: request.origin.term, changes: [change])
                if request.isDryRun { return try dryRun(command, on: state, warnings: warnings) }
                if let key, change.expected == nil { try await store(key) }
                switch await cluster.sequencer.submit(command) {
                case .committed(let transitions): return Self.result(transitions.first, warnings: warnings)
                case .rejected(let status): throw status
                case .unavailable(let reason): throw .serviceUnavailable(reason)
                case .unknown(let reason): throw .timeout(reason)
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

    /// A key for a Secret that the write may make.
    private func newKey(for request: WriteRequest, uid: String) throws(KubeStatus) -> NewKey? {
        guard let sealer, request.type.groupResource == .secrets else { return nil }
        switch request.operation {
        case .create, .restore: break
        default: return nil
        }
        do { return try sealer.makeKey(uid: uid) } catch { throw .internalError("a data key cannot be made") }
    }

    /// A new Secret's key is durable before anything that was sealed with it.
    private func store(_ key: NewKey) async throws(KubeStatus) {
        do { try await keys?.store(key: key.wrapped, id: key.id) } catch {
            throw .serviceUnavailable("the key table cannot be reached; the call had no effect")
        }
    }

    private func dryRun(_ command: Command, on state: ClusterState, warnings: [String]) throws(KubeStatus)
        -> WriteResult
    {
        var state = state
        let context = DecisionContext(term: command.term ?? 0, serviceRange: serviceRange)
        var result = Self.result(try state.carryOut(command, context: context).first, warnings: warnings)
        result.changedState = false
        return result
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
