import CommandHandling
import ControlPlane
import Domain
import EventLog
import Foundation
import KubeMachinery
import KubeModel
import Synchronization

/// Gets and lists, now and as of any position.
struct ResourceReads: Sendable {
    let cluster: Cluster
    let sealer: SecretSealer?
    let pages: ListPages

    func get(_ key: ObjectKey, at position: Position?) async throws(KubeStatus) -> StoredObject {
        let object: StoredObject?
        if let position {
            object = try await log { try await cluster.history.object(key, at: position) }
        } else {
            object = cluster.state[key]
        }
        guard let object else { throw .notFound(key.resource, name: key.name) }
        return object
    }

    /// The position that a reader means; a time in the future is now.
    func position(_ asOf: AsOf?) async throws(KubeStatus) -> Position? {
        switch asOf {
        case nil: return nil
        case .position(let position):
            let head = cluster.state.position
            guard position <= head else {
                throw .badRequest("the log ends at position \(head); there is no position \(position) yet")
            }
            return position
        case .time(let time): return try await log { try await cluster.log.position(at: time) }
        case .ago(let microseconds):
            let time = Timestamp(microseconds: cluster.clock.now.microseconds - microseconds)
            return try await log { try await cluster.log.position(at: time) }
        }
    }

    struct Page: Sendable {
        var objects: [StoredObject]
        var position: Position
        /// When the position was recorded, for pages of the past.
        var recordedAt: Timestamp?
        /// Empty where the list is complete.
        var continueToken = ""
        var remaining: Int?

        var metadata: JSON {
            var metadata: JSON = ["resourceVersion": .string("\(position)")]
            if !continueToken.isEmpty { metadata["continue"] = .string(continueToken) }
            if let remaining { metadata["remainingItemCount"] = .int(Int64(remaining)) }
            return metadata
        }
    }

    func list(_ type: ResourceType, namespace: String, name: String, _ options: ListOptions) async throws(KubeStatus)
        -> Page
    {
        let token = try ContinueToken(options.continueToken)
        if token == nil || options.at != nil, let past = try await pastPosition(options) {
            return try await pastList(
                type, namespace: namespace, name: name, options, at: token?.position ?? past, after: token?.name)
        }
        let state: ClusterState
        if let token {
            guard let kept = pages.state(at: token.position) else {
                // Memory has forgotten it, the log has not.
                return try await pastList(
                    type, namespace: namespace, name: name, options, at: token.position, after: token.name)
            }
            state = kept
        } else {
            state = cluster.state
            if let wanted = options.resourceVersion, wanted > state.position { throw .tooLarge(wanted, state.position) }
        }
        return select(type.storage, namespace, name, options, from: state, after: token?.name)
    }

    private func select(
        _ resource: GroupResource, _ namespace: String, _ name: String, _ options: ListOptions,
        from state: ClusterState, after: ObjectName?
    ) -> Page {
        var page = Page(objects: [], position: state.position)
        let limit = options.limit ?? .max
        let selectsAll = options.labelSelector.isEmpty && options.fieldSelector.isEmpty && name.isEmpty
        var last: ObjectName?
        var seen = 0
        var isCut = false
        state.forEach(resource, namespace: namespace.isEmpty ? nil : namespace, after: after) { key, object in
            if page.objects.count == limit {
                isCut = true
                return false
            }
            seen += 1
            if selectsAll || Self.isSelected(object, key, name, options) {
                page.objects.append(object)
                last = key
            }
            return true
        }
        if isCut, let last {
            page.continueToken = ContinueToken(position: state.position, name: last).text
            if selectsAll, namespace.isEmpty, after == nil { page.remaining = state.count(resource) - seen }
            pages.keep(state)
        }
        return page
    }

    static func isSelected(_ object: StoredObject, _ key: ObjectName, _ name: String, _ options: ListOptions) -> Bool {
        (name.isEmpty || key.name == name)
            && (options.labelSelector.isEmpty || options.labelSelector.matches(object.labels))
            && (options.fieldSelector.isEmpty || options.fieldSelector.matches(object.object().json))
    }

    private func pastPosition(_ options: ListOptions) async throws(KubeStatus) -> Position? {
        if let asOf = options.at { return try await position(asOf) }
        guard options.resourceVersionMatch == .exact, let exact = options.resourceVersion else { return nil }
        let now = cluster.state.position
        if exact > now { throw .tooLarge(exact, now) }
        return exact == now ? nil : exact
    }

    func log<Result>(_ body: () async throws -> Result) async throws(KubeStatus) -> Result {
        do { return try await body() } catch {
            throw .unreadableLog(error)
        }
    }
}

/// States that continue tokens refer to. A state costs little to keep, because it shares what did not change.
final class ListPages: Sendable {
    private let states = Mutex<[(position: Position, state: ClusterState)]>([])
    private let capacity = 64

    func keep(_ state: ClusterState) {
        states.withLock { states in
            if states.contains(where: { $0.position == state.position }) { return }
            if states.count >= capacity { states.removeFirst() }
            states.append((state.position, state))
        }
    }

    func state(at position: Position) -> ClusterState? {
        states.withLock { $0.first { $0.position == position }?.state }
    }
}

/// Where a list in pages goes on: at which position of the log, and behind which name.
struct ContinueToken: Sendable, Hashable {
    var position: Position
    var name: ObjectName

    init(position: Position, name: ObjectName) { (self.position, self.name) = (position, name) }

    /// Nil for an empty text; throws 400 for a text that no server made.
    init?(_ text: String) throws(KubeStatus) {
        if text.isEmpty { return nil }
        guard let data = Data(base64Encoded: text), let json = try? JSON(parsing: Array(data)),
            let position = json.int("rv"), let name = json.string("name")
        else { throw .badRequest("continue key is not valid: it is not a token of this server") }
        self.init(position: position, name: ObjectName(namespace: json.string("namespace") ?? "", name: name))
    }

    var text: String {
        let json: JSON = [
            "rv": .int(position), "namespace": .string(name.namespace), "name": .string(name.name),
        ]
        return Data(json.canonicalBytes).base64EncodedString()
    }
}

extension KubeStatus {
    static func tooLarge(_ wanted: Position, _ current: Position) -> KubeStatus {
        var status = KubeStatus.timeout("Too large resource version: \(wanted), current: \(current)")
        status.causes = [Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")]
        status.retryAfterSeconds = 1
        return status
    }
}
