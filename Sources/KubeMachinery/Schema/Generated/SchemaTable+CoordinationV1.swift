// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let coordinationV1: StaticString = #"""
        package coordination/v1
        @Lease
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @LeaseSpec o
        @LeaseList
        apiVersion 0 s o
        items 2 [@Lease !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @LeaseSpec
        acquireTime 3 T * o
        holderIdentity 1 s * o
        leaseDurationSeconds 2 i * o
        leaseTransitions 5 i * o
        preferredHolder 7 s * o
        renewTime 4 T * o
        strategy 6 s * o
        """#
}
