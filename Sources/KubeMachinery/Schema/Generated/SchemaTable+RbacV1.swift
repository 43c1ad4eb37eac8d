// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let rbacV1: StaticString = #"""
        package rbac/v1
        @AggregationRule
        clusterRoleSelectors 1 [@meta/v1.LabelSelector o
        @ClusterRole
        aggregationRule 3 @AggregationRule * o
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        rules 2 [@PolicyRule
        @ClusterRoleBinding
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        roleRef 3 @RoleRef !
        subjects 2 [@Subject o
        @ClusterRoleBindingList
        apiVersion 0 s o
        items 2 [@ClusterRoleBinding !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ClusterRoleList
        apiVersion 0 s o
        items 2 [@ClusterRole !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @PolicyRule
        apiGroups 2 [s o
        nonResourceURLs 5 [s o
        resourceNames 4 [s o
        resources 3 [s o
        verbs 1 [s !
        @Role
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        rules 2 [@PolicyRule
        @RoleBinding
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        roleRef 3 @RoleRef !
        subjects 2 [@Subject o
        @RoleBindingList
        apiVersion 0 s o
        items 2 [@RoleBinding !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @RoleList
        apiVersion 0 s o
        items 2 [@Role !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @RoleRef
        apiGroup 1 s
        kind 2 s !
        name 3 s !
        @Subject
        apiGroup 2 s o
        kind 1 s !
        name 3 s !
        namespace 4 s o
        """#
}
