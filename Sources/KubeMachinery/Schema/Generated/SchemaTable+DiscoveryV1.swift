// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let discoveryV1: StaticString = #"""
        package discovery/v1
        #AddressType FQDN|IPv4|IPv6
        @Endpoint
        addresses 1 [s ! s
        conditions 2 @EndpointConditions o
        deprecatedTopology 5 {s o
        hints 8 @EndpointHints * o
        hostname 3 s * o
        nodeName 6 s * o
        targetRef 4 @core/v1.ObjectReference * o
        zone 7 s * o
        @EndpointConditions
        ready 1 b * o
        serving 2 b * o
        terminating 3 b * o
        @EndpointHints
        forNodes 2 [@ForNode o
        forZones 1 [@ForZone o
        @EndpointPort
        appProtocol 4 s * o
        name 1 s * o =""
        port 3 i * o
        protocol 2 s * o #core/v1.Protocol ="TCP"
        @EndpointSlice
        addressType 4 s ! #AddressType
        apiVersion 0 s o
        endpoints 2 [@Endpoint
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        ports 3 [@EndpointPort
        @EndpointSliceList
        apiVersion 0 s o
        items 2 [@EndpointSlice !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ForNode
        name 1 s !
        @ForZone
        name 1 s !
        """#
}
