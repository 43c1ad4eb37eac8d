import KubeModel

/// One row of the table of kinds.
struct ResourceRow: Sendable {
    static let allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]

    let kind: GroupVersionKind
    let plural: String
    /// The type of the whole object: `apps/v1.Deployment`.
    let type: String
    var shortNames: [String] = []
    var categories: [String] = []
    var isNamespaced = true
    var verbs = ResourceRow.allVerbs
    var subresources: [SubresourceRow] = []
    var tracksGeneration = false
    var nameRule = NameRule.subdomain
    var storage: GroupResource?
    var keepsStatusOnCreate = false
    /// Nil for the kind's name with `List` behind it.
    var listKind: String?
    /// Nil for the kind's name in lower case.
    var singular: String?
    var custom: CustomResource?

    /// A kind that a CustomResourceDefinition defines. Of its objects only the metadata has a type of the API's own.
    init(custom: CustomResource, kind: GroupVersionKind, names: CustomResourceDefinition.Names, isNamespaced: Bool) {
        (self.custom, self.kind, self.isNamespaced) = (custom, kind, isNamespaced)
        (plural, singular, listKind) = (names.plural, names.singular, names.listKind)
        (shortNames, categories) = (names.shortNames, names.categories)
        type = "meta/v1.PartialObjectMetadata"
        subresources = (custom.scale == nil ? [] : [.scale]) + (custom.hasStatus ? [.status] : [])
        tracksGeneration = true
    }

    /// `package` is the folder and version of the type: `core/v1`, `apps/v1`, `discovery/v1`.
    init(
        _ kind: String, _ plural: String, in package: String, short shortNames: [String] = [],
        categories: [String] = [], namespaced isNamespaced: Bool = true, verbs: [String] = ResourceRow.allVerbs,
        subresources: [SubresourceRow] = [], generation tracksGeneration: Bool = false,
        name nameRule: NameRule = .subdomain,
        storage: GroupResource? = nil, keepsStatusOnCreate: Bool = false
    ) {
        self.kind = GroupVersionKind(apiVersion: Self.apiVersion(package), kind: kind)
        self.plural = plural
        (type, self.shortNames, self.categories) = ("\(package).\(kind)", shortNames, categories)
        (self.isNamespaced, self.verbs, self.subresources) = (isNamespaced, verbs, subresources)
        (self.tracksGeneration, self.nameRule, self.storage) = (tracksGeneration, nameRule, storage)
        self.keepsStatusOnCreate = keepsStatusOnCreate
    }

    /// The API's name of a package of types: `core/v1` is `v1`, `discovery/v1` is `discovery.k8s.io/v1`.
    static func apiVersion(_ package: String) -> String {
        let parts = package.split(separator: "/").map(String.init)
        switch parts[0] {
        case "core": return parts[1]
        case "apps", "batch", "autoscaling", "policy": return package
        case "rbac": return "rbac.authorization.k8s.io/\(parts[1])"
        case "flowcontrol": return "flowcontrol.apiserver.k8s.io/\(parts[1])"
        case let folder: return "\(folder).k8s.io/\(parts[1])"
        }
    }
}

/// The subresources that kinds have.
enum SubresourceRow: Sendable {
    case status, scale, binding, eviction, log, exec, attach, portForward, proxy, ephemeralContainers, resize, token,
        finalize, approval

    func subresource(of parent: GroupVersionKind) -> Subresource {
        let edit = ["get", "patch", "update"]
        func own(_ kind: String) -> GroupVersionKind { GroupVersionKind(group: "", version: "v1", kind: kind) }
        return switch self {
        case .status: Subresource("status", parent, verbs: edit)
        case .scale:
            Subresource("scale", GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"), verbs: edit)
        case .binding: Subresource("binding", own("Binding"), verbs: ["create"])
        case .eviction:
            Subresource(
                "eviction", GroupVersionKind(group: "policy", version: "v1", kind: "Eviction"), verbs: ["create"])
        case .log: Subresource("log", own("Pod"), verbs: ["get"])
        case .exec: Subresource("exec", own("PodExecOptions"), verbs: ["create", "get"])
        case .attach: Subresource("attach", own("PodAttachOptions"), verbs: ["create", "get"])
        case .portForward: Subresource("portforward", own("PodPortForwardOptions"), verbs: ["create", "get"])
        case .proxy:
            Subresource(
                "proxy", own("\(parent.kind)ProxyOptions"), verbs: ["create", "delete", "get", "patch", "update"])
        case .ephemeralContainers: Subresource("ephemeralcontainers", parent, verbs: edit)
        case .resize: Subresource("resize", parent, verbs: edit)
        case .token:
            Subresource(
                "token", GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenRequest"),
                verbs: ["create"])
        case .finalize: Subresource("finalize", parent, verbs: ["update"])
        case .approval: Subresource("approval", parent, verbs: edit)
        }
    }
}
