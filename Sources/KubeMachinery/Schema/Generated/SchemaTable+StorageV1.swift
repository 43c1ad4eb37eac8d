// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let storageV1: StaticString = #"""
        package storage/v1
        #FSGroupPolicy File|None|ReadWriteOnceWithFSType
        #VolumeBindingMode Immediate|WaitForFirstConsumer
        #VolumeLifecycleMode Ephemeral|Persistent
        @CSIDriver
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @CSIDriverSpec !
        @CSIDriverList
        apiVersion 0 s o
        items 2 [@CSIDriver !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @CSIDriverSpec
        attachRequired 1 b * o
        fsGroupPolicy 5 s * o #FSGroupPolicy
        nodeAllocatableUpdatePeriodSeconds 9 l * o
        podInfoOnMount 2 b * o
        preventPodSchedulingIfMissing 11 b * o
        requiresRepublish 7 b * o
        seLinuxMount 8 b * o
        serviceAccountTokenInSecrets 10 b * o
        storageCapacity 4 b * o
        tokenRequests 6 [@TokenRequest o
        volumeLifecycleModes 3 [s o #VolumeLifecycleMode s
        @CSINode
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @CSINodeSpec !
        @CSINodeDriver
        allocatable 4 @VolumeNodeResources * o
        name 1 s !
        nodeID 2 s !
        topologyKeys 3 [s
        @CSINodeList
        apiVersion 0 s o
        items 2 [@CSINode !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @CSINodeSpec
        drivers 1 [@CSINodeDriver ! k=name m p=name
        @CSIStorageCapacity
        apiVersion 0 s o
        capacity 4 q * o
        kind 0 s o
        maximumVolumeSize 5 q * o
        metadata 1 @meta/v1.ObjectMeta o
        nodeTopology 2 @meta/v1.LabelSelector * o
        storageClassName 3 s !
        @CSIStorageCapacityList
        apiVersion 0 s o
        items 2 [@CSIStorageCapacity !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @StorageClass
        allowVolumeExpansion 6 b * o
        allowedTopologies 8 [@core/v1.TopologySelectorTerm o
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        mountOptions 5 [s o
        parameters 3 {s o
        provisioner 2 s !
        reclaimPolicy 4 s * o #core/v1.PersistentVolumeReclaimPolicy ="Delete"
        volumeBindingMode 7 s * o #VolumeBindingMode ="Immediate"
        @StorageClassList
        apiVersion 0 s o
        items 2 [@StorageClass !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @TokenRequest
        audience 1 s !
        expirationSeconds 2 l * o
        @VolumeAttachment
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @VolumeAttachmentSpec !
        status 3 @VolumeAttachmentStatus o
        @VolumeAttachmentList
        apiVersion 0 s o
        items 2 [@VolumeAttachment !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @VolumeAttachmentSource
        inlineVolumeSpec 2 @core/v1.PersistentVolumeSpec * o
        persistentVolumeName 1 s * o
        @VolumeAttachmentSpec
        attacher 1 s !
        nodeName 3 s !
        source 2 @VolumeAttachmentSource !
        @VolumeAttachmentStatus
        attachError 3 @VolumeError * o
        attached 1 b !
        attachmentMetadata 2 {s o
        detachError 4 @VolumeError * o
        @VolumeAttributesClass
        apiVersion 0 s o
        driverName 2 s !
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        parameters 3 {s o
        @VolumeAttributesClassList
        apiVersion 0 s o
        items 2 [@VolumeAttributesClass !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @VolumeError
        errorCode 3 i * o
        message 2 s o
        time 1 t o
        @VolumeNodeResources
        count 1 i * o
        """#
}
