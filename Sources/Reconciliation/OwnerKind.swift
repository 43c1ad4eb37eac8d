import KubeModel

extension OwnerReference {
    private static let resources: [String: GroupResource] = [
        "v1/Pod": .pods, "v1/Node": .nodes, "v1/Namespace": .namespaces, "v1/Service": .services,
        "v1/ConfigMap": .configMaps, "v1/Secret": .secrets, "v1/ServiceAccount": .serviceAccounts,
        "v1/ReplicationController": GroupResource("replicationcontrollers"),
        "v1/PersistentVolume": GroupResource("persistentvolumes"),
        "v1/PersistentVolumeClaim": GroupResource("persistentvolumeclaims"),
        "apps/v1/Deployment": .deployments, "apps/v1/ReplicaSet": .replicaSets,
        "apps/v1/StatefulSet": GroupResource("statefulsets.apps"),
        "apps/v1/DaemonSet": GroupResource("daemonsets.apps"),
        "apps/v1/ControllerRevision": GroupResource("controllerrevisions.apps"),
        "batch/v1/Job": GroupResource("jobs.batch"), "batch/v1/CronJob": GroupResource("cronjobs.batch"),
        "discovery.k8s.io/v1/EndpointSlice": .endpointSlices,
        "coordination.k8s.io/v1/Lease": .leases,
    ]
    private static let clusterScoped: Set<GroupResource> = [
        .nodes, .namespaces, GroupResource("persistentvolumes"),
    ]

    /// The key of the owner of an object in a namespace; nil for a kind that is not known here, whose owners are then
    /// taken to exist: nothing may be deleted on a guess.
    func key(namespace: String) -> ObjectKey? {
        guard let resource = Self.resources["\(apiVersion)/\(kind)"] else { return nil }
        return ObjectKey(resource, namespace: Self.clusterScoped.contains(resource) ? "" : namespace, name: name)
    }
}
