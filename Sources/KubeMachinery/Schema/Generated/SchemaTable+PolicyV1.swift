// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let policyV1: StaticString = #"""
        package policy/v1
        #UnhealthyPodEvictionPolicyType AlwaysAllow|IfHealthyBudget
        @Eviction
        apiVersion 0 s o
        deleteOptions 2 @meta/v1.DeleteOptions * o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        @PodDisruptionBudget
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @PodDisruptionBudgetSpec o
        status 3 @PodDisruptionBudgetStatus o
        @PodDisruptionBudgetList
        apiVersion 0 s o
        items 2 [@PodDisruptionBudget !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @PodDisruptionBudgetSpec
        maxUnavailable 3 x * o
        minAvailable 1 x * o
        selector 2 @meta/v1.LabelSelector * o
        unhealthyPodEvictionPolicy 4 s * o #UnhealthyPodEvictionPolicyType
        @PodDisruptionBudgetStatus
        conditions 7 [@meta/v1.Condition o k=type m p=type
        currentHealthy 4 i
        desiredHealthy 5 i
        disruptedPods 2 {t o
        disruptionsAllowed 3 i
        expectedPods 6 i
        observedGeneration 1 l o
        """#
}
