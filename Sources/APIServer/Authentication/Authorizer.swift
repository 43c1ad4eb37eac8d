import KubeModel

/// What a call wants to do (`authorizer.Attributes` of Kubernetes).
public struct RequestAttributes: Sendable, Hashable {
    public var verb: String
    public var group: String
    public var resource: String
    public var subresource: String
    public var namespace: String
    public var name: String
    /// The path of what is no resource (`/version`); nil for resources.
    public var nonResourcePath: String?
    /// Whether an earlier moment is asked for (`?at=`).
    public var isOfPast = false

    public init(
        verb: String, group: String = "", resource: String = "", subresource: String = "", namespace: String = "",
        name: String = "", nonResourcePath: String? = nil
    ) {
        (self.verb, self.group, self.resource, self.subresource) = (verb, group, resource, subresource)
        (self.namespace, self.name, self.nonResourcePath) = (namespace, name, nonResourcePath)
    }

    public init(_ route: RequestRoute) {
        switch route {
        case .resource(let request):
            self.init(
                verb: request.verb.rawValue, group: request.group, resource: request.resource,
                subresource: request.subresource, namespace: request.namespace, name: request.name)
        case .nonResource(let path, let verb): self.init(verb: verb, nonResourcePath: path)
        }
    }

    /// The refusal, in Kubernetes' words.
    public func forbidden(_ identity: Identity, reason: String = "") -> KubeStatus {
        let suffix = reason.isEmpty ? "" : ": \(reason)"
        if let nonResourcePath {
            return KubeStatus(
                code: 403, reason: "Forbidden",
                message: "forbidden: User \"\(identity.name)\" cannot \(verb) path \"\(nonResourcePath)\"\(suffix)")
        }
        let full = subresource.isEmpty ? resource : "\(resource)/\(subresource)"
        let scope = namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(namespace)\""
        return .forbidden(
            GroupResource(group: group, resource: resource), name: name,
            "User \"\(identity.name)\" cannot \(verb) resource \"\(full)\" in API group \"\(group)\" \(scope)\(suffix)")
    }
}

public enum AuthorizationDecision: Sendable, Hashable {
    case allow
    /// The reason is added to the refusal; may be empty.
    case deny(reason: String)
}

/// Says who may do what.
public protocol Authorizer: Sendable {
    func decide(_ identity: Identity, _ attributes: RequestAttributes) -> AuthorizationDecision
}

extension Authorizer {
    /// - Throws: 403 where the decision is to deny.
    public func authorize(_ identity: Identity, _ attributes: RequestAttributes) throws(KubeStatus) {
        if case .deny(let reason) = decide(identity, attributes) {
            throw attributes.forbidden(identity, reason: reason)
        }
    }
}

/// The rules that stand before any role is granted: masters may do everything, node agents what their node needs,
/// whoever is known may look at the API itself.
public struct BuiltInAuthorizer: Authorizer {
    /// The node that a pod (namespace, name) is bound to; nil for none and for a pod that is not there.
    public typealias NodeOfPod = @Sendable (_ namespace: String, _ name: String) -> String?
    /// Whether a pod that is bound to a node refers to a ConfigMap or Secret.
    public typealias NeedOfNode =
        @Sendable (
            _ node: String, _ resource: GroupResource, _ namespace: String, _ name: String
        ) -> Bool

    private let nodeOfPod: NodeOfPod?
    private let needOfNode: NeedOfNode?

    /// - Parameter nodeOfPod: lets node agents touch only the pods bound to their node; nil allows all pods.
    /// - Parameter needOfNode: lets node agents read only what those pods refer to; nil allows all by name.
    public init(nodeOfPod: NodeOfPod? = nil, needOfNode: NeedOfNode? = nil) {
        (self.nodeOfPod, self.needOfNode) = (nodeOfPod, needOfNode)
    }

    public func decide(_ identity: Identity, _ attributes: RequestAttributes) -> AuthorizationDecision {
        if identity.groups.contains(Identity.masters) { return .allow }
        if let path = attributes.nonResourcePath {
            return Self.mayRead(path, attributes.verb, identity) ? .allow : .deny(reason: "")
        }
        guard identity.groups.contains(Identity.authenticated) else { return .deny(reason: "") }
        if Self.asksAboutSelf(attributes) { return .allow }
        if let node = identity.nodeName { return decide(node: node, attributes) }
        return .deny(reason: "")
    }

    private static func mayRead(_ path: String, _ verb: String, _ identity: Identity) -> Bool {
        guard verb == "get" || verb == "head" else { return false }
        if RequestAuthenticator.isOpen(path) { return true }
        guard identity.groups.contains(Identity.authenticated) else { return false }
        return ["/api", "/apis", "/openapi"].contains { path == $0 || path.hasPrefix($0 + "/") } || path == "/"
    }

    private static func asksAboutSelf(_ attributes: RequestAttributes) -> Bool {
        guard attributes.verb == "create" else { return false }
        switch (attributes.group, attributes.resource) {
        case ("authentication.k8s.io", "selfsubjectreviews"), ("authorization.k8s.io", "selfsubjectaccessreviews"),
            ("authorization.k8s.io", "selfsubjectrulesreviews"):
            return true
        default: return false
        }
    }
}

// MARK: - Node agents

extension BuiltInAuthorizer {
    private static let reads: Set<String> = ["get", "list", "watch"]
    private static let writes: Set<String> = ["update", "patch"]

    private func decide(node: String, _ attributes: RequestAttributes) -> AuthorizationDecision {
        let verb = attributes.verb
        if attributes.isOfPast { return .deny(reason: "a node can read the present only") }
        switch GroupResource(group: attributes.group, resource: attributes.resource).description {
        case "nodes": return decide(node: node, ownNode: attributes)
        case "pods": return decide(node: node, pod: attributes)
        case "services", "namespaces", "endpointslices.discovery.k8s.io", "networkpolicies.networking.k8s.io",
            "runtimeclasses.node.k8s.io":
            return Self.reads.contains(verb) ? .allow : .deny(reason: "")
        case "configmaps", "secrets":
            // By name only: what a pod mounts, not what there is.
            let isByName = !attributes.name.isEmpty && attributes.namespace.isEmpty == false
            guard Self.reads.contains(verb), isByName else {
                return .deny(reason: "a node can read configmaps and secrets by name only")
            }
            let resource = GroupResource(group: "", resource: attributes.resource)
            let isNeeded = needOfNode.map { $0(node, resource, attributes.namespace, attributes.name) } ?? true
            return isNeeded ? .allow : .deny(reason: "no pod on node \"\(node)\" refers to it")
        case "serviceaccounts":
            let isToken = verb == "create" && attributes.subresource == "token"
            return verb == "get" || isToken ? .allow : .deny(reason: "")
        case "persistentvolumeclaims", "persistentvolumes": return verb == "get" ? .allow : .deny(reason: "")
        case "events", "events.events.k8s.io":
            return ["create", "update", "patch"].contains(verb) ? .allow : .deny(reason: "")
        case "leases.coordination.k8s.io":
            let isOwn = attributes.namespace == "kube-node-lease" && (verb == "create" || attributes.name == node)
            return isOwn ? .allow : .deny(reason: "a node can access only its own lease in kube-node-lease")
        case "usagereports.purser.dev": return verb == "create" ? .allow : .deny(reason: "")
        default: return .deny(reason: "")
        }
    }

    private func decide(node: String, ownNode attributes: RequestAttributes) -> AuthorizationDecision {
        if Self.reads.contains(attributes.verb) { return .allow }
        // The name of what is created stands in the body; admission compares it with the caller's.
        if attributes.verb == "create", attributes.subresource.isEmpty { return .allow }
        let isWrite = Self.writes.contains(attributes.verb) && ["", "status"].contains(attributes.subresource)
        guard isWrite else { return .deny(reason: "") }
        return attributes.name == node
            ? .allow : .deny(reason: "node \"\(node)\" is not allowed to modify node \"\(attributes.name)\"")
    }

    private func decide(node: String, pod attributes: RequestAttributes) -> AuthorizationDecision {
        let verb = attributes.verb
        switch attributes.subresource {
        case "" where Self.reads.contains(verb): return .allow
        case "" where verb == "delete", "status" where Self.writes.contains(verb) || verb == "get":
            guard let nodeOfPod, nodeOfPod(attributes.namespace, attributes.name) != node else { return .allow }
            return .deny(reason: "node \"\(node)\" can only act on pods bound to it")
        default: return .deny(reason: "")
        }
    }
}
