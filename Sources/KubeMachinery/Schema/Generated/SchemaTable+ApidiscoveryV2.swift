// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let apidiscoveryV2: StaticString = #"""
        package apidiscovery/v2
        #DiscoveryFreshness Current|Stale
        #ResourceScope Cluster|Namespaced
        @APIGroupDiscovery
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        versions 2 [@APIVersionDiscovery o k=version
        @APIGroupDiscoveryList
        apiVersion 0 s o
        items 2 [@APIGroupDiscovery !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @APIResourceDiscovery
        categories 7 [s o s
        resource 1 s !
        responseKind 2 @meta/v1.GroupVersionKind * o
        scope 3 s ! #ResourceScope
        shortNames 6 [s o s
        singularResource 4 s !
        subresources 8 [@APISubresourceDiscovery o k=subresource
        verbs 5 [s ! s
        @APISubresourceDiscovery
        acceptedTypes 3 [@meta/v1.GroupVersionKind o k=group,kind,version
        responseKind 2 @meta/v1.GroupVersionKind * o
        subresource 1 s !
        verbs 4 [s ! s
        @APIVersionDiscovery
        freshness 3 s o #DiscoveryFreshness
        resources 2 [@APIResourceDiscovery o k=resource
        version 1 s !
        """#
}
