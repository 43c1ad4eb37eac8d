// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let autoscalingV2: StaticString = #"""
        package autoscaling/v2
        #HPAScalingPolicyType Percent|Pods
        #MetricSourceType ContainerResource|External|Object|Pods|Resource
        #MetricTargetType AverageValue|Utilization|Value
        #ScalingPolicySelect Disabled|Max|Min
        @ContainerResourceMetricSource
        container 3 s !
        name 1 s !
        target 2 @MetricTarget !
        @ContainerResourceMetricStatus
        container 3 s !
        current 2 @MetricValueStatus !
        name 1 s !
        @CrossVersionObjectReference
        apiVersion 3 s o
        kind 1 s !
        name 2 s !
        @ExternalMetricSource
        metric 1 @MetricIdentifier !
        target 2 @MetricTarget !
        @ExternalMetricStatus
        current 2 @MetricValueStatus !
        metric 1 @MetricIdentifier !
        @HPAScalingPolicy
        periodSeconds 3 i !
        type 1 s ! #HPAScalingPolicyType
        value 2 i !
        @HPAScalingRules
        policies 2 [@HPAScalingPolicy o
        selectPolicy 1 s * o #ScalingPolicySelect
        stabilizationWindowSeconds 3 i * o
        tolerance 4 q * o
        @HorizontalPodAutoscaler
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @HorizontalPodAutoscalerSpec ! o
        status 3 @HorizontalPodAutoscalerStatus o
        @HorizontalPodAutoscalerBehavior
        scaleDown 2 @HPAScalingRules * o
        scaleUp 1 @HPAScalingRules * o
        @HorizontalPodAutoscalerCondition
        lastTransitionTime 3 t o
        message 5 s o
        reason 4 s o
        status 2 s ! #core/v1.ConditionStatus
        type 1 s !
        @HorizontalPodAutoscalerList
        apiVersion 0 s o
        items 2 [@HorizontalPodAutoscaler !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @HorizontalPodAutoscalerSpec
        behavior 5 @HorizontalPodAutoscalerBehavior * o
        maxReplicas 3 i !
        metrics 4 [@MetricSpec o
        minReplicas 2 i * o
        scaleTargetRef 1 @CrossVersionObjectReference !
        @HorizontalPodAutoscalerStatus
        conditions 6 [@HorizontalPodAutoscalerCondition o k=type m p=type
        currentMetrics 5 [@MetricStatus
        currentReplicas 3 i o
        desiredReplicas 4 i !
        lastScaleTime 2 t * o
        observedGeneration 1 l * o
        @MetricIdentifier
        name 1 s !
        selector 2 @meta/v1.LabelSelector * o
        @MetricSpec
        containerResource 7 @ContainerResourceMetricSource * o
        external 5 @ExternalMetricSource * o
        object 2 @ObjectMetricSource * o
        pods 3 @PodsMetricSource * o
        resource 4 @ResourceMetricSource * o
        type 1 s ! #MetricSourceType
        @MetricStatus
        containerResource 7 @ContainerResourceMetricStatus * o
        external 5 @ExternalMetricStatus * o
        object 2 @ObjectMetricStatus * o
        pods 3 @PodsMetricStatus * o
        resource 4 @ResourceMetricStatus * o
        type 1 s ! #MetricSourceType
        @MetricTarget
        averageUtilization 4 i * o
        averageValue 3 q * o
        type 1 s ! #MetricTargetType
        value 2 q * o
        @MetricValueStatus
        averageUtilization 3 i * o
        averageValue 2 q * o
        value 1 q * o
        @ObjectMetricSource
        describedObject 1 @CrossVersionObjectReference !
        metric 3 @MetricIdentifier !
        target 2 @MetricTarget !
        @ObjectMetricStatus
        current 2 @MetricValueStatus !
        describedObject 3 @CrossVersionObjectReference !
        metric 1 @MetricIdentifier !
        @PodsMetricSource
        metric 1 @MetricIdentifier !
        target 2 @MetricTarget !
        @PodsMetricStatus
        current 2 @MetricValueStatus !
        metric 1 @MetricIdentifier !
        @ResourceMetricSource
        name 1 s !
        target 2 @MetricTarget !
        @ResourceMetricStatus
        current 2 @MetricValueStatus !
        name 1 s !
        """#
}
