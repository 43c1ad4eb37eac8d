// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let resourceV1: StaticString = #"""
        package resource/v1
        #AllocationConfigSource FromClaim|FromClass
        #DeviceTaintEffect NoExecute|NoSchedule|None
        #DeviceTolerationOperator Equal|Exists
        @AllocatedDeviceStatus
        conditions 4 [@meta/v1.Condition k=type
        data 5 * * o
        device 3 s !
        driver 1 s !
        networkData 6 @NetworkDeviceData * o
        pool 2 s !
        shareID 7 s * o
        @AllocationResult
        allocationTimestamp 5 t * o
        devices 1 @DeviceAllocationResult o
        nodeSelector 3 @core/v1.NodeSelector * o
        @CELDeviceSelector
        expression 1 s !
        @CapacityRequestPolicy
        default 1 q *
        validRange 4 @CapacityRequestPolicyRange * o
        validValues 3 [q o
        @CapacityRequestPolicyRange
        max 2 q * o
        min 1 q ! * o
        step 3 q * o
        @CapacityRequirements
        requests 1 {q o
        @Counter
        value 1 q !
        @CounterSet
        counters 2 {@Counter ! o
        name 1 s !
        @Device
        allNodes 7 b * o
        allowMultipleAllocations 12 b * o
        attributes 2 {@DeviceAttribute o
        bindingConditions 10 [s o
        bindingFailureConditions 11 [s o
        bindsToNode 9 b * o
        capacity 3 {@DeviceCapacity o
        consumesCounters 4 [@DeviceCounterConsumption o
        name 1 s !
        nodeAllocatableResourceMappings 13 {@NodeAllocatableResourceMapping o
        nodeName 5 s * o
        nodeSelector 6 @core/v1.NodeSelector * o
        taints 8 [@DeviceTaint o
        @DeviceAllocationConfiguration
        +3 DeviceConfiguration
        opaque 0 @OpaqueDeviceConfiguration * o
        requests 2 [s o
        source 1 s ! #AllocationConfigSource
        @DeviceAllocationResult
        config 2 [@DeviceAllocationConfiguration o
        results 1 [@DeviceRequestAllocationResult o
        @DeviceAttribute
        bool 3 b * o
        bools 7 [b o
        int 2 l * o
        ints 6 [l o
        string 4 s * o
        strings 8 [s o
        version 5 s * o
        versions 9 [s o
        @DeviceCapacity
        requestPolicy 2 @CapacityRequestPolicy * o
        value 1 q !
        @DeviceClaim
        config 3 [@DeviceClaimConfiguration o
        constraints 2 [@DeviceConstraint o
        requests 1 [@DeviceRequest
        @DeviceClaimConfiguration
        +2 DeviceConfiguration
        opaque 0 @OpaqueDeviceConfiguration * o
        requests 1 [s o
        @DeviceClass
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @DeviceClassSpec !
        @DeviceClassConfiguration
        +1 DeviceConfiguration
        opaque 0 @OpaqueDeviceConfiguration * o
        @DeviceClassList
        apiVersion 0 s o
        items 2 [@DeviceClass !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @DeviceClassSpec
        config 2 [@DeviceClassConfiguration o
        extendedResourceName 4 s * o
        selectors 1 [@DeviceSelector o
        @DeviceConfiguration
        opaque 1 @OpaqueDeviceConfiguration * o
        @DeviceConstraint
        distinctAttribute 3 s * o
        matchAttribute 2 s * o
        requests 1 [s o
        @DeviceCounterConsumption
        counterSet 1 s !
        counters 2 {@Counter ! o
        @DeviceRequest
        exactly 2 @ExactDeviceRequest * o
        firstAvailable 3 [@DeviceSubRequest o
        name 1 s !
        @DeviceRequestAllocationResult
        adminAccess 5 b * o
        bindingConditions 7 [s o
        bindingFailureConditions 8 [s o
        consumedCapacity 10 {q o
        device 4 s !
        driver 2 s !
        pool 3 s !
        request 1 s !
        shareID 9 s * o
        tolerations 6 [@DeviceToleration o
        @DeviceSelector
        cel 1 @CELDeviceSelector * o
        @DeviceSubRequest
        allocationMode 4 s o
        capacity 7 @CapacityRequirements * o
        count 5 l o
        deviceClassName 2 s !
        name 1 s !
        selectors 3 [@DeviceSelector o
        tolerations 6 [@DeviceToleration o
        @DeviceTaint
        effect 3 s ! #DeviceTaintEffect
        key 1 s !
        timeAdded 4 t * o
        value 2 s o
        @DeviceToleration
        effect 4 s o #DeviceTaintEffect
        key 1 s o
        operator 2 s o #DeviceTolerationOperator ="Equal"
        tolerationSeconds 5 l * o
        value 3 s o
        @ExactDeviceRequest
        adminAccess 5 b * o
        allocationMode 3 s o
        capacity 7 @CapacityRequirements * o
        count 4 l o
        deviceClassName 1 s !
        selectors 2 [@DeviceSelector o
        tolerations 6 [@DeviceToleration o
        @NetworkDeviceData
        hardwareAddress 3 s o
        interfaceName 1 s o
        ips 2 [s o
        @NodeAllocatableResourceMapping
        allocationMultiplier 2 q * o
        capacityKey 1 s * o
        @OpaqueDeviceConfiguration
        driver 1 s !
        parameters 2 * !
        @ResourceClaim
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ResourceClaimSpec !
        status 3 @ResourceClaimStatus o
        @ResourceClaimConsumerReference
        apiGroup 1 s o
        name 4 s !
        resource 3 s !
        uid 5 s !
        @ResourceClaimList
        apiVersion 0 s o
        items 2 [@ResourceClaim !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ResourceClaimSpec
        devices 1 @DeviceClaim
        @ResourceClaimStatus
        allocation 1 @AllocationResult * o
        devices 4 [@AllocatedDeviceStatus o k=device,driver,pool,shareID
        reservedFor 2 [@ResourceClaimConsumerReference o k=uid m p=uid
        @ResourceClaimTemplate
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ResourceClaimTemplateSpec !
        @ResourceClaimTemplateList
        apiVersion 0 s o
        items 2 [@ResourceClaimTemplate !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ResourceClaimTemplateSpec
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ResourceClaimSpec !
        @ResourcePool
        generation 2 l !
        name 1 s !
        resourceSliceCount 3 l !
        @ResourceSlice
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ResourceSliceSpec !
        @ResourceSliceList
        apiVersion 0 s o
        items 2 [@ResourceSlice !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ResourceSliceSpec
        allNodes 5 b * o
        devices 6 [@Device o
        driver 1 s !
        nodeName 3 s * o
        nodeSelector 4 @core/v1.NodeSelector * o
        perDeviceNodeSelection 7 b * o
        pool 2 @ResourcePool !
        sharedCounters 8 [@CounterSet o
        """#
}
