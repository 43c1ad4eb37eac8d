// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let networkingV1: StaticString = #"""
        package networking/v1
        #PolicyType Egress|Ingress
        @HTTPIngressPath
        backend 2 @IngressBackend !
        path 1 s o
        pathType 3 s ! *
        @HTTPIngressRuleValue
        paths 1 [@HTTPIngressPath !
        @IPAddress
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @IPAddressSpec ! o
        @IPAddressList
        apiVersion 0 s o
        items 2 [@IPAddress !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @IPAddressSpec
        parentRef 1 @ParentReference ! * o
        @IPBlock
        cidr 1 s !
        except 2 [s o
        @Ingress
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @IngressSpec o
        status 3 @IngressStatus o
        @IngressBackend
        resource 3 @core/v1.TypedLocalObjectReference * o
        service 4 @IngressServiceBackend * o
        @IngressClass
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @IngressClassSpec o
        @IngressClassList
        apiVersion 0 s o
        items 2 [@IngressClass !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @IngressClassParametersReference
        apiGroup 1 s * o
        kind 2 s !
        name 3 s !
        namespace 5 s * o
        scope 4 s *
        @IngressClassSpec
        controller 1 s o
        parameters 2 @IngressClassParametersReference * o
        @IngressList
        apiVersion 0 s o
        items 2 [@Ingress !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @IngressLoadBalancerIngress
        hostname 2 s o
        ip 1 s o
        ports 4 [@IngressPortStatus o
        @IngressLoadBalancerStatus
        ingress 1 [@IngressLoadBalancerIngress o
        @IngressPortStatus
        error 3 s * o
        port 1 i !
        protocol 2 s ! #core/v1.Protocol
        @IngressRule
        +2 IngressRuleValue
        host 1 s o
        http 0 @HTTPIngressRuleValue * o
        @IngressRuleValue
        http 1 @HTTPIngressRuleValue * o
        @IngressServiceBackend
        name 1 s !
        port 2 @ServiceBackendPort o
        @IngressSpec
        defaultBackend 1 @IngressBackend * o
        ingressClassName 4 s * o
        rules 3 [@IngressRule o
        tls 2 [@IngressTLS o
        @IngressStatus
        loadBalancer 1 @IngressLoadBalancerStatus o
        @IngressTLS
        hosts 1 [s o
        secretName 2 s o
        @NetworkPolicy
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @NetworkPolicySpec o
        @NetworkPolicyEgressRule
        ports 1 [@NetworkPolicyPort o
        to 2 [@NetworkPolicyPeer o
        @NetworkPolicyIngressRule
        from 2 [@NetworkPolicyPeer o
        ports 1 [@NetworkPolicyPort o
        @NetworkPolicyList
        apiVersion 0 s o
        items 2 [@NetworkPolicy !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @NetworkPolicyPeer
        ipBlock 3 @IPBlock * o
        namespaceSelector 2 @meta/v1.LabelSelector * o
        podSelector 1 @meta/v1.LabelSelector * o
        @NetworkPolicyPort
        endPort 3 i * o
        port 2 x * o
        protocol 1 s * o #core/v1.Protocol ="TCP"
        @NetworkPolicySpec
        egress 3 [@NetworkPolicyEgressRule o
        ingress 2 [@NetworkPolicyIngressRule o
        podSelector 1 @meta/v1.LabelSelector
        policyTypes 4 [s o #PolicyType
        @ParentReference
        group 1 s o
        name 4 s ! o
        namespace 3 s o
        resource 2 s ! o
        @ServiceBackendPort
        name 1 s o
        number 2 i o
        @ServiceCIDR
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ServiceCIDRSpec o
        status 3 @ServiceCIDRStatus o
        @ServiceCIDRList
        apiVersion 0 s o
        items 2 [@ServiceCIDR !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ServiceCIDRSpec
        cidrs 1 [s o
        @ServiceCIDRStatus
        conditions 1 [@meta/v1.Condition o k=type m p=type
        """#
}
