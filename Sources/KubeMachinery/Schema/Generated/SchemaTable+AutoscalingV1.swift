// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let autoscalingV1: StaticString = #"""
        package autoscaling/v1
        #MetricSourceType ContainerResource|External|Object|Pods|Resource
        @ContainerResourceMetricSource
        container 5 s !
        name 1 s !
        targetAverageUtilization 2 i * o
        targetAverageValue 3 q * o
        @ContainerResourceMetricStatus
        container 4 s !
        currentAverageUtilization 2 i * o
        currentAverageValue 3 q !
        name 1 s !
        @CrossVersionObjectReference
        apiVersion 3 s o
        kind 1 s !
        name 2 s !
        @ExternalMetricSource
        metricName 1 s !
        metricSelector 2 @meta/v1.LabelSelector * o
        targetAverageValue 4 q * o
        targetValue 3 q * o
        @ExternalMetricStatus
        currentAverageValue 4 q * o
        currentValue 3 q !
        metricName 1 s !
        metricSelector 2 @meta/v1.LabelSelector * o
        @HorizontalPodAutoscaler
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @HorizontalPodAutoscalerSpec ! o
        status 3 @HorizontalPodAutoscalerStatus o
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
        maxReplicas 3 i !
        minReplicas 2 i * o
        scaleTargetRef 1 @CrossVersionObjectReference !
        targetCPUUtilizationPercentage 4 i * o
        @HorizontalPodAutoscalerStatus
        currentCPUUtilizationPercentage 5 i * o
        currentReplicas 3 i !
        desiredReplicas 4 i !
        lastScaleTime 2 t * o
        observedGeneration 1 l * o
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
        @ObjectMetricSource
        averageValue 5 q * o
        metricName 2 s !
        selector 4 @meta/v1.LabelSelector * o
        target 1 @CrossVersionObjectReference !
        targetValue 3 q !
        @ObjectMetricStatus
        averageValue 5 q * o
        currentValue 3 q !
        metricName 2 s !
        selector 4 @meta/v1.LabelSelector * o
        target 1 @CrossVersionObjectReference !
        @PodsMetricSource
        metricName 1 s !
        selector 3 @meta/v1.LabelSelector * o
        targetAverageValue 2 q !
        @PodsMetricStatus
        currentAverageValue 2 q !
        metricName 1 s !
        selector 3 @meta/v1.LabelSelector * o
        @ResourceMetricSource
        name 1 s !
        targetAverageUtilization 2 i * o
        targetAverageValue 3 q * o
        @ResourceMetricStatus
        currentAverageUtilization 2 i * o
        currentAverageValue 3 q !
        name 1 s !
        @Scale
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ScaleSpec o
        status 3 @ScaleStatus o
        @ScaleSpec
        replicas 1 i o =0
        @ScaleStatus
        replicas 1 i !
        selector 2 s o
        """#
}
