// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let nodeV1: StaticString = #"""
        package node/v1
        @Overhead
        podFixed 1 {q o
        @RuntimeClass
        apiVersion 0 s o
        handler 2 s !
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        overhead 3 @Overhead * o
        scheduling 4 @Scheduling * o
        @RuntimeClassList
        apiVersion 0 s o
        items 2 [@RuntimeClass !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @Scheduling
        nodeSelector 1 {s o a
        tolerations 2 [@core/v1.Toleration o
        """#
}
