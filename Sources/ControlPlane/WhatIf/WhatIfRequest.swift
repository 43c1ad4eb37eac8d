import CommandHandling
import Domain
import KubeMachinery
import KubeModel

/// A change of which somebody wants to know what it would lead to.
public struct WhatIfRequest: Sendable {
    /// One object of the change, as `purser apply` would bring the cluster to it.
    public struct Document: Sendable {
        public var object: JSON
        /// Where it comes from, for people: `web.yaml, document 2`.
        public var origin: String

        public init(object: JSON, origin: String) { (self.object, self.origin) = (object, origin) }
    }

    public var documents: [Document]
    /// What is deleted, after the documents were applied; in the request's namespace where none is named.
    public var deletions: [ObjectKey]
    /// Nodes that stand in for the cluster's; nil for the cluster's own.
    public var nodes: [Document]?
    /// The namespace of what names none.
    public var namespace: String
    public var caller: Caller
    public var callID: CallID
    /// Why the caller may not do this to that; nil where they may.
    public typealias Refusal = @Sendable (_ verb: String, _ key: ObjectKey) -> KubeStatus?
    private let refusal: Refusal

    public init(
        _ documents: [Document], deletions: [ObjectKey] = [], nodes: [Document]? = nil, namespace: String = "default",
        caller: Caller, callID: CallID, refusal: @escaping Refusal
    ) {
        self.refusal = refusal
        (self.documents, self.deletions, self.nodes) = (documents, deletions, nodes)
        (self.namespace, self.caller, self.callID) = (namespace, caller, callID)
    }

    func authorize(_ verb: String, _ key: ObjectKey) throws(KubeStatus) {
        if let refusal = refusal(verb, key) { throw refusal }
    }

    func origin(_ verb: String) -> CallOrigin {
        var caller = caller
        caller.verb = verb
        return CallOrigin(caller: caller, callID: callID)
    }
}

extension WhatIfRequest.Document {
    /// What the document is about.
    ///
    /// - Throws: 400 for what is no object of a kind that is served.
    func target(_ registry: Registry, namespace: String) throws(KubeStatus) -> (type: ResourceType, key: ObjectKey) {
        let object = KubeObject(object)
        guard !object.kind.isEmpty, !object.apiVersion.isEmpty else {
            throw .badRequest("\(origin): it lacks apiVersion or kind; add both, for example apiVersion: v1, kind: Pod")
        }
        guard let type = registry.type(GroupVersionKind(apiVersion: object.apiVersion, kind: object.kind)) else {
            throw .badRequest(
                "\(origin): there is no kind \(object.kind) in \(object.apiVersion); correct apiVersion and kind")
        }
        guard !type.isView else {
            throw .badRequest("\(origin): write the \(object.kind) with apiVersion v1, as it is stored")
        }
        guard !object.name.isEmpty else {
            throw .badRequest("\(origin): metadata.name is missing; name the \(object.kind)")
        }
        let namespace = object.namespace.isEmpty ? namespace : object.namespace
        return (type, type.key(namespace: namespace, name: object.name))
    }
}
