// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let metricsV1beta1: StaticString = #"""
        package metrics/v1beta1
        @ContainerMetrics
        name 1 s !
        usage 2 {q !
        @NodeMetrics
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        timestamp 2 t !
        usage 4 {q !
        window 3 D !
        @NodeMetricsList
        apiVersion 0 s o
        items 2 [@NodeMetrics !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @PodMetrics
        apiVersion 0 s o
        containers 4 [@ContainerMetrics !
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        timestamp 2 t !
        window 3 D !
        @PodMetricsList
        apiVersion 0 s o
        items 2 [@PodMetrics !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        """#
}
