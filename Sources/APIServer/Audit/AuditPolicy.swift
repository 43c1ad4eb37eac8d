import KubeModel

/// Which reads the log keeps, in the form of `audit.k8s.io/v1` Policy: the first rule that matches decides, `None` drops
/// a read, every other level keeps it. A read that no rule matches is dropped, as Kubernetes does it. Writes and refusals
/// are always kept.
public struct AuditPolicy: Sendable, Hashable {
    public enum Level: String, Sendable, Hashable, CaseIterable {
        case none = "None"
        case metadata = "Metadata"
        case request = "Request"
        case requestResponse = "RequestResponse"
    }

    /// What is empty matches everything.
    public struct Rule: Sendable, Hashable {
        public var level: Level
        public var users: [String] = []
        public var userGroups: [String] = []
        public var verbs: [String] = []
        public var resources: [Resources] = []
        /// The empty string stands for what belongs to no namespace.
        public var namespaces: [String] = []
        /// Paths; `*` at the end stands for anything.
        public var nonResourceURLs: [String] = []

        public init(level: Level) { self.level = level }
    }

    /// Resources of one group.
    public struct Resources: Sendable, Hashable {
        public var group: String
        /// `pods`, `pods/log`, `pods/*`, `*/log`, `*`; all of the group if empty.
        public var resources: [String]
        public var resourceNames: [String]

        public init(group: String, resources: [String] = [], resourceNames: [String] = []) {
            (self.group, self.resources, self.resourceNames) = (group, resources, resourceNames)
        }
    }

    /// Nil keeps every read.
    private let rules: [Rule]?

    public init(rules: [Rule]) { self.rules = rules }
    private init() { rules = nil }

    /// Without a policy every read is kept.
    public static let everything = AuditPolicy()

    /// Whether the log keeps a read.
    public func keeps(_ identity: Identity, _ attributes: RequestAttributes) -> Bool {
        guard let rules else { return true }
        return rules.first { $0.matches(identity, attributes) }.map { $0.level != .none } ?? false
    }
}

extension AuditPolicy.Rule {
    func matches(_ identity: Identity, _ attributes: RequestAttributes) -> Bool {
        func admits(_ list: [String], _ value: String) -> Bool { list.isEmpty || list.contains(value) }
        guard admits(users, identity.name), admits(verbs, attributes.verb),
            userGroups.isEmpty || userGroups.contains(where: identity.groups.contains)
        else { return false }
        guard let path = attributes.nonResourcePath else {
            return nonResourceURLs.isEmpty && admits(namespaces, attributes.namespace)
                && (resources.isEmpty || resources.contains { $0.matches(attributes) })
        }
        guard resources.isEmpty, namespaces.isEmpty else { return false }
        return nonResourceURLs.isEmpty || nonResourceURLs.contains { Self.matches($0, path: path) }
    }

    private static func matches(_ pattern: String, path: String) -> Bool {
        pattern.hasSuffix("*") ? path.hasPrefix(pattern.dropLast()) : pattern == path
    }
}

extension AuditPolicy.Resources {
    func matches(_ attributes: RequestAttributes) -> Bool {
        guard group == attributes.group, resourceNames.isEmpty || resourceNames.contains(attributes.name) else {
            return false
        }
        return resources.isEmpty || resources.contains { Self.matches($0, attributes) }
    }

    private static func matches(_ pattern: String, _ attributes: RequestAttributes) -> Bool {
        let parts = pattern.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            return pattern == "*" || (pattern == attributes.resource && attributes.subresource.isEmpty)
        }
        let isSubresource = parts[1] == "*" ? !attributes.subresource.isEmpty : parts[1] == attributes.subresource
        return isSubresource && (parts[0] == "*" || parts[0] == attributes.resource)
    }
}
