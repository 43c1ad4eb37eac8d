import KubeModel

/// A resource that is served without being stored: reviews, and Purser's own reports and commands.
public struct PlainResource: Sendable, Hashable {
    public let kind: GroupVersionKind
    /// `usagereports`
    public let plural: String
    public let isNamespaced: Bool
    /// Sorted.
    public let verbs: [String]

    public init(_ kind: GroupVersionKind, plural: String, isNamespaced: Bool = false, verbs: [String] = ["create"]) {
        (self.kind, self.plural, self.isNamespaced, self.verbs) = (kind, plural, isNamespaced, verbs)
    }

    /// Purser's own group. Its plain endpoints (`history`, `bill`, ...) are no resources and are not listed.
    public static let purser: [PlainResource] = [
        PlainResource(
            GroupVersionKind(group: "purser.dev", version: "v1alpha1", kind: "Rollback"), plural: "rollbacks"),
        PlainResource(
            GroupVersionKind(group: "purser.dev", version: "v1alpha1", kind: "UsageReport"), plural: "usagereports"),
    ]

    /// What `kubectl top` reads.
    public static let metrics: [PlainResource] = [
        PlainResource(
            GroupVersionKind(group: "metrics.k8s.io", version: "v1beta1", kind: "NodeMetrics"), plural: "nodes",
            verbs: ["get", "list"]),
        PlainResource(
            GroupVersionKind(group: "metrics.k8s.io", version: "v1beta1", kind: "PodMetrics"), plural: "pods",
            isNamespaced: true, verbs: ["get", "list"]),
    ]

    /// What `kubectl auth whoami` and `kubectl auth can-i` post.
    public static let reviews: [PlainResource] = [
        PlainResource(
            GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "SelfSubjectReview"),
            plural: "selfsubjectreviews"),
        PlainResource(
            GroupVersionKind(group: "authorization.k8s.io", version: "v1", kind: "SelfSubjectAccessReview"),
            plural: "selfsubjectaccessreviews"),
    ]
}
