import KubeModel

extension Registry {
    /// The kinds that Purser serves itself. A new kind is a row here and, where the schema does not say enough, a file
    /// of its own rules in `Defaulting` and `Validation`.
    public static let builtIn = Registry(rows: builtInRows, schema: .builtIn)

    static let builtInRows: [ResourceRow] = [
        ResourceRow("ConfigMap", "configmaps", in: "core/v1", short: ["cm"]),
        ResourceRow("Event", "events", in: "core/v1", short: ["ev"]),
        ResourceRow(
            "Namespace", "namespaces", in: "core/v1", short: ["ns"], namespaced: false,
            verbs: ResourceRow.allVerbs.filter { $0 != "deletecollection" }, subresources: [.finalize, .status],
            name: .label),
        ResourceRow(
            "Node", "nodes", in: "core/v1", short: ["no"], namespaced: false, subresources: [.status],
            keepsStatusOnCreate: true),
        ResourceRow(
            "Pod", "pods", in: "core/v1", short: ["po"], categories: ["all"],
            subresources: [.attach, .binding, .eviction, .exec, .log, .portForward, .status], generation: true),
        ResourceRow("Secret", "secrets", in: "core/v1"),
        ResourceRow("ServiceAccount", "serviceaccounts", in: "core/v1", short: ["sa"]),
        ResourceRow(
            "Service", "services", in: "core/v1", short: ["svc"], categories: ["all"], subresources: [.status],
            name: .label1035),
        ResourceRow(
            "CustomResourceDefinition", "customresourcedefinitions", in: "apiextensions/v1", short: ["crd", "crds"],
            categories: ["api-extensions"], namespaced: false, subresources: [.status], generation: true),
        ResourceRow(
            "Deployment", "deployments", in: "apps/v1", short: ["deploy"], categories: ["all"],
            subresources: [.scale, .status], generation: true),
        ResourceRow(
            "ReplicaSet", "replicasets", in: "apps/v1", short: ["rs"], categories: ["all"],
            subresources: [.scale, .status], generation: true),
        ResourceRow(
            "HorizontalPodAutoscaler", "horizontalpodautoscalers", in: "autoscaling/v2", short: ["hpa"],
            categories: ["all"], subresources: [.status], generation: true),
        ResourceRow("Lease", "leases", in: "coordination/v1"),
        ResourceRow("EndpointSlice", "endpointslices", in: "discovery/v1", generation: true),
        ResourceRow("Event", "events", in: "events/v1", storage: .events),
    ]
}
