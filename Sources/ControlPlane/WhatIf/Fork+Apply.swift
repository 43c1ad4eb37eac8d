import CommandHandling
import Domain
import KubeMachinery
import KubeModel
import Reconciliation

/// What became of one document of a change.
public struct WhatIfChange: Sendable {
    public enum Action: String, Sendable { case created, updated, unchanged, deleted, refused }

    public var action: Action
    public var key: ObjectKey
    /// The document; `--delete` for a deletion.
    public var origin: String
    /// The object before and after, Secrets in clear; null where there is none.
    public var before: JSON = .null
    public var after: JSON = .null
    public var warnings: [String] = []
    /// Why it was refused.
    public var refusal: KubeStatus?
}

extension Fork {
    /// Brings the fork to a document as `purser apply` does, or says why it is refused.
    ///
    /// - Throws: 400 for what is no object, 403 for what the caller may not write.
    mutating func apply(_ document: WhatIfRequest.Document, _ request: WhatIfRequest) throws(KubeStatus)
        -> WhatIfChange
    {
        let (type, key) = try document.target(registry, namespace: request.namespace)
        try request.authorize("get", key)
        try request.authorize(state[key] == nil ? "create" : "patch", key)
        var change = WhatIfChange(action: .refused, key: key, origin: document.origin)
        do throws(KubeStatus) {
            change.before = try live(key, type)
            guard let write = write(document.object, type, key, live: change.before, request) else {
                change.action = .unchanged
                return change
            }
            let result = try execute(write)
            change.warnings = result.warnings
            change.after = try live(key, type)
            change.action = result.transition == nil ? .unchanged : change.before.isNull ? .created : .updated
            if key.resource == .customResourceDefinitions { try establish(key, request) }
            return change
        } catch {
            change.refusal = error
            return change
        }
    }

    /// Its controller's work on a definition, so that objects of its kind can follow in the same change.
    private mutating func establish(_ key: ObjectKey, _ request: WhatIfRequest) throws(KubeStatus) {
        let plan = CustomResourceDefinitionReconciler().plan(StateView(state: state), key: key, now: now)
        for write in plan.writes {
            guard let write = write.request(registry, origin: request.origin(write.verb)) else { continue }
            _ = try execute(write)
        }
    }

    /// - Throws: 400 for a resource that is not served, 403 for what the caller may not delete.
    mutating func delete(_ deletion: ObjectKey, _ request: WhatIfRequest) throws(KubeStatus) -> WhatIfChange {
        guard let type = registry.type(deletion.resource) else {
            throw .badRequest("--delete: there is no resource \(deletion.resource); name one that is served")
        }
        let key = type.key(
            namespace: deletion.namespace.isEmpty ? request.namespace : deletion.namespace, name: deletion.name)
        for verb in ["get", "delete"] { try request.authorize(verb, key) }
        var change = WhatIfChange(action: .refused, key: key, origin: "--delete")
        do throws(KubeStatus) {
            change.before = try live(key, type)
            let result = try execute(
                WriteRequest(
                    type, namespace: key.namespace, name: key.name, operation: .delete(DeleteOptions()),
                    origin: request.origin("delete")))
            change.action = result.transition == nil ? .unchanged : .deleted
            return change
        } catch {
            change.refusal = error
            return change
        }
    }

    /// The object as the type serves it; null for none.
    private func live(_ key: ObjectKey, _ type: ResourceType) throws(KubeStatus) -> JSON {
        guard let stored = state[key] else { return .null }
        let json = type.shown(stored.object().json)
        guard key.resource == .secrets, let sealer else { return json }
        return try sealer.openWhereKept(json)
    }

    /// Nil if the object already is as the manifest says.
    private func write(
        _ manifest: JSON, _ type: ResourceType, _ key: ObjectKey, live: JSON, _ request: WhatIfRequest
    ) -> WriteRequest? {
        let operation: WriteRequest.Operation
        if live.isNull {
            operation = .create(DeclarativeApply.annotated(manifest))
        } else {
            switch DeclarativeApply.step(manifest: manifest, live: live) {
            case .unchanged: return nil
            case .patch(let patch, let kind): operation = .patch(kind, patch.canonicalBytes)
            case .replace(let object): operation = .update(object)
            }
        }
        return WriteRequest(
            type, namespace: key.namespace, name: live.isNull ? "" : key.name,
            operation: operation, fieldValidation: .warn, origin: request.origin(live.isNull ? "create" : "patch"))
    }
}
