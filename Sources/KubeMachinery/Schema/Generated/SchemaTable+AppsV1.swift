// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let appsV1: StaticString = #"""
        package apps/v1
        #BlueGreenPhase Aborted|AwaitingPromotion|Draining|Progressing|Refused|Stable
        #DaemonSetUpdateStrategyType OnDelete|RollingUpdate
        #DeploymentStrategyType BlueGreen|Recreate|RollingUpdate
        #PersistentVolumeClaimRetentionPolicyType Delete|Retain
        #PodManagementPolicyType OrderedReady|Parallel
        #StatefulSetUpdateStrategyType OnDelete|RollingUpdate
        @BlueGreenDeployment
        autoPromotion 1 b * o =true
        drainSeconds 2 i * o =30
        progressDeadlineSeconds 4 i * o
        scaleDownDelaySeconds 3 i * o =0
        @BlueGreenStatus
        activeHash 1 s o
        message 4 s o
        phase 3 s o #BlueGreenPhase
        previewHash 2 s o
        @ControllerRevision
        apiVersion 0 s o
        data 2 * o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        revision 3 l !
        @ControllerRevisionList
        apiVersion 0 s o
        items 2 [@ControllerRevision !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @DaemonSet
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @DaemonSetSpec o
        status 3 @DaemonSetStatus o
        @DaemonSetCondition
        lastTransitionTime 3 t o
        message 5 s o
        reason 4 s o
        status 2 s ! #core/v1.ConditionStatus
        type 1 s !
        @DaemonSetList
        apiVersion 0 s o
        items 2 [@DaemonSet !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @DaemonSetSpec
        minReadySeconds 4 i o
        revisionHistoryLimit 6 i * o =10
        selector 1 @meta/v1.LabelSelector ! *
        template 2 @core/v1.PodTemplateSpec !
        updateStrategy 3 @DaemonSetUpdateStrategy o ={}
        @DaemonSetStatus
        collisionCount 9 i * o
        conditions 10 [@DaemonSetCondition o k=type m p=type
        currentNumberScheduled 1 i !
        desiredNumberScheduled 3 i !
        numberAvailable 7 i o
        numberMisscheduled 2 i !
        numberReady 4 i !
        numberUnavailable 8 i o
        observedGeneration 5 l o
        updatedNumberScheduled 6 i o
        @DaemonSetUpdateStrategy
        rollingUpdate 2 @RollingUpdateDaemonSet * o
        type 1 s o #DaemonSetUpdateStrategyType ="RollingUpdate"
        @Deployment
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @DeploymentSpec o
        status 3 @DeploymentStatus o
        @DeploymentCondition
        lastTransitionTime 7 t o
        lastUpdateTime 6 t o
        message 5 s o
        reason 4 s o
        status 2 s ! #core/v1.ConditionStatus
        type 1 s !
        @DeploymentList
        apiVersion 0 s o
        items 2 [@Deployment !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @DeploymentSpec
        minReadySeconds 5 i o
        paused 7 b o
        progressDeadlineSeconds 9 i * o =600
        replicas 1 i * o =1
        revisionHistoryLimit 6 i * o =10
        selector 2 @meta/v1.LabelSelector ! *
        strategy 4 @DeploymentStrategy o r ={}
        template 3 @core/v1.PodTemplateSpec !
        @DeploymentStatus
        availableReplicas 4 i o
        blueGreen 1000 @BlueGreenStatus * o
        collisionCount 8 i * o
        conditions 6 [@DeploymentCondition o k=type m p=type
        observedGeneration 1 l o
        readyReplicas 7 i o
        replicas 2 i o
        terminatingReplicas 9 i * o
        unavailableReplicas 5 i o
        updatedReplicas 3 i o
        @DeploymentStrategy
        blueGreen 1000 @BlueGreenDeployment * o
        rollingUpdate 2 @RollingUpdateDeployment * o
        type 1 s o #DeploymentStrategyType ="RollingUpdate"
        @ReplicaSet
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ReplicaSetSpec o
        status 3 @ReplicaSetStatus o
        @ReplicaSetCondition
        lastTransitionTime 3 t o
        message 5 s o
        reason 4 s o
        status 2 s ! #core/v1.ConditionStatus
        type 1 s !
        @ReplicaSetList
        apiVersion 0 s o
        items 2 [@ReplicaSet !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ReplicaSetSpec
        minReadySeconds 4 i o
        replicas 1 i * o =1
        selector 2 @meta/v1.LabelSelector ! *
        template 3 @core/v1.PodTemplateSpec o
        @ReplicaSetStatus
        availableReplicas 5 i o
        conditions 6 [@ReplicaSetCondition o k=type m p=type
        fullyLabeledReplicas 2 i o
        observedGeneration 3 l o
        readyReplicas 4 i o
        replicas 1 i !
        terminatingReplicas 7 i * o
        @RollingUpdateDaemonSet
        maxSurge 2 x * o =0
        maxUnavailable 1 x * o =1
        @RollingUpdateDeployment
        maxSurge 2 x * o ="25%"
        maxUnavailable 1 x * o ="25%"
        @RollingUpdateStatefulSetStrategy
        maxUnavailable 2 x * o
        partition 1 i * o
        @StatefulSet
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @StatefulSetSpec o
        status 3 @StatefulSetStatus o
        @StatefulSetCondition
        lastTransitionTime 3 t o
        message 5 s o
        reason 4 s o
        status 2 s ! #core/v1.ConditionStatus
        type 1 s !
        @StatefulSetList
        apiVersion 0 s o
        items 2 [@StatefulSet !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @StatefulSetOrdinals
        start 1 i
        @StatefulSetPersistentVolumeClaimRetentionPolicy
        whenDeleted 1 s o #PersistentVolumeClaimRetentionPolicyType ="Retain"
        whenScaled 2 s o #PersistentVolumeClaimRetentionPolicyType ="Retain"
        @StatefulSetSpec
        minReadySeconds 9 i o
        ordinals 11 @StatefulSetOrdinals * o
        persistentVolumeClaimRetentionPolicy 10 @StatefulSetPersistentVolumeClaimRetentionPolicy * o ={}
        podManagementPolicy 6 s o #PodManagementPolicyType ="OrderedReady"
        replicas 1 i * o =1
        revisionHistoryLimit 8 i * o =10
        selector 2 @meta/v1.LabelSelector ! *
        serviceName 5 s
        template 3 @core/v1.PodTemplateSpec !
        updateStrategy 7 @StatefulSetUpdateStrategy o ={}
        volumeClaimTemplates 4 [@core/v1.PersistentVolumeClaim o
        @StatefulSetStatus
        availableReplicas 11 i
        collisionCount 9 i * o
        conditions 10 [@StatefulSetCondition o k=type m p=type
        currentReplicas 4 i o
        currentRevision 6 s o
        observedGeneration 1 l o
        readyReplicas 3 i o
        replicas 2 i !
        updateRevision 7 s o
        updatedReplicas 5 i o
        @StatefulSetUpdateStrategy
        rollingUpdate 2 @RollingUpdateStatefulSetStrategy * o
        type 1 s o #StatefulSetUpdateStrategyType ="RollingUpdate"
        """#
}
