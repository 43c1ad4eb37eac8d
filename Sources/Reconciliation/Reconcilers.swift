import KubeModel

/// The controllers that the control plane runs.
public enum Reconcilers {
    /// `startedAt` is when this server began to receive the nodes' reports; `namespaced` are all resources that live in
    /// namespaces.
    public static func all(
        startedAt: Timestamp, namespaced: [GroupResource] = NamespaceReconciler.contents
    ) -> [any Reconciler] {
        [
            DeploymentReconciler(), ReplicaSetReconciler(), HorizontalPodAutoscalerReconciler(),
            EndpointSliceReconciler(),
            NodeLifecycleReconciler(startedAt: startedAt), GarbageCollector(),
            NamespaceReconciler(resources: namespaced), PodGarbage(), ServiceAccountReconciler(),
            CustomResourceDefinitionReconciler(),
        ]
    }
}
