/// Who calls, as authentication established it (`user.Info` of Kubernetes).
public struct Identity: Sendable, Hashable {
    public var name: String
    public var groups: [String]
    public var uid: String
    public var extra: [String: [String]]

    public init(name: String, groups: [String], uid: String = "", extra: [String: [String]] = [:]) {
        (self.name, self.groups, self.uid, self.extra) = (name, groups, uid, extra)
    }

    /// The group of all who have shown who they are.
    public static let authenticated = "system:authenticated"
    /// The group that may do everything.
    public static let masters = "system:masters"
    /// The group of node agents.
    public static let nodes = "system:nodes"
    /// Who calls without credentials; may read health and version only.
    public static let anonymous = Identity(name: "system:anonymous", groups: ["system:unauthenticated"])

    /// The node whose agent this is: `n1` of the user `system:node:n1` in the group `system:nodes`; nil for all others.
    public var nodeName: String? {
        let prefix = "system:node:"
        guard name.hasPrefix(prefix), groups.contains(Self.nodes), name.utf8.count > prefix.utf8.count else {
            return nil
        }
        return String(name.dropFirst(prefix.utf8.count))
    }
}
