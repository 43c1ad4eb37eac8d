// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let schedulingV1: StaticString = #"""
        package scheduling/v1
        @PriorityClass
        apiVersion 0 s o
        description 4 s o
        globalDefault 3 b o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        preemptionPolicy 5 s * o #core/v1.PreemptionPolicy
        value 2 i
        @PriorityClassList
        apiVersion 0 s o
        items 2 [@PriorityClass !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        """#
}
