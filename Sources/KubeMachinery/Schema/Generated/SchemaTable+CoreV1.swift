// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let coreV1: StaticString = #"""
        package core/v1
        #AppArmorProfileType Localhost|RuntimeDefault|Unconfined
        #AzureDataDiskCachingMode None|ReadOnly|ReadWrite
        #AzureDataDiskKind Dedicated|Managed|Shared
        #ClaimResourceStatus ControllerResizeInProgress|ControllerResizeInfeasible|NodeResizeInProgress|NodeResizeInfeasible|NodeResizePending
        #ConditionStatus False|True|Unknown
        #ContainerRestartPolicy Always|Never|OnFailure
        #ContainerRestartRuleAction Restart|RestartAllContainers
        #ContainerRestartRuleOnExitCodesOperator In|NotIn
        #DNSPolicy ClusterFirst|ClusterFirstWithHostNet|Default|None
        #HostPathType BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket
        #IPFamily IPv4|IPv6
        #IPFamilyPolicy PreferDualStack|RequireDualStack|SingleStack
        #LimitType Container|PersistentVolumeClaim|Pod
        #LoadBalancerIPMode Proxy|VIP
        #MountPropagationMode Bidirectional|HostToContainer|None
        #NamespacePhase Active|Terminating
        #NodeAddressType ExternalDNS|ExternalIP|Hostname|InternalDNS|InternalIP
        #NodeInclusionPolicy Honor|Ignore
        #NodePhase Pending|Running|Terminated
        #NodeSelectorOperator DoesNotExist|Exists|Gt|In|Lt|NotIn
        #OSName linux|windows
        #PersistentVolumeAccessMode ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod
        #PersistentVolumeClaimModifyVolumeStatus InProgress|Infeasible|Pending
        #PersistentVolumeClaimPhase Bound|Lost|Pending
        #PersistentVolumeMode Block|Filesystem
        #PersistentVolumePhase Available|Bound|Failed|Pending|Released
        #PersistentVolumeReclaimPolicy Delete|Recycle|Retain
        #PodFSGroupChangePolicy Always|OnRootMismatch
        #PodPhase Failed|Pending|Running|Succeeded|Unknown
        #PodQOSClass BestEffort|Burstable|Guaranteed
        #PodResizeStatus Deferred|InProgress|Infeasible
        #PodSELinuxChangePolicy MountOption|Recursive
        #PreemptionPolicy Never|PreemptLowerPriority
        #ProcMountType Default|Unmasked
        #Protocol SCTP|TCP|UDP
        #PullPolicy Always|IfNotPresent|Never
        #RecursiveReadOnlyMode Disabled|Enabled|IfPossible
        #ResourceHealthStatus Healthy|Unhealthy|Unknown
        #ResourceQuotaScope BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass
        #ResourceResizeRestartPolicy NotRequired|RestartContainer
        #RestartPolicy Always|Never|OnFailure
        #ScopeSelectorOperator DoesNotExist|Exists|In|NotIn
        #SeccompProfileType Localhost|RuntimeDefault|Unconfined
        #ServiceAffinity ClientIP|None
        #ServiceExternalTrafficPolicy Cluster|Local
        #ServiceInternalTrafficPolicy Cluster|Local
        #ServiceType ClusterIP|ExternalName|LoadBalancer|NodePort
        #SupplementalGroupsPolicy Merge|Strict
        #TaintEffect NoExecute|NoSchedule|PreferNoSchedule
        #TerminationMessagePolicy FallbackToLogsOnError|File
        #TolerationOperator Equal|Exists|Gt|Lt
        #URIScheme HTTP|HTTPS
        #UnsatisfiableConstraintAction DoNotSchedule|ScheduleAnyway
        @AWSElasticBlockStoreVolumeSource
        fsType 2 s o
        partition 3 i o
        readOnly 4 b o
        volumeID 1 s !
        @Affinity
        nodeAffinity 1 @NodeAffinity * o
        podAffinity 2 @PodAffinity * o
        podAntiAffinity 3 @PodAntiAffinity * o
        @AppArmorProfile
        localhostProfile 2 s * o
        type 1 s ! #AppArmorProfileType
        @AttachedVolume
        devicePath 2 s !
        name 1 s !
        @AvoidPods
        preferAvoidPods 1 [@PreferAvoidPodsEntry o
        @AzureDiskVolumeSource
        cachingMode 3 s * o #AzureDataDiskCachingMode ="ReadWrite"
        diskName 1 s !
        diskURI 2 s !
        fsType 4 s * o ="ext4"
        kind 6 s * o #AzureDataDiskKind ="Shared"
        readOnly 5 b * o =false
        @AzureFilePersistentVolumeSource
        readOnly 3 b o
        secretName 1 s !
        secretNamespace 4 s *
        shareName 2 s !
        @AzureFileVolumeSource
        readOnly 3 b o
        secretName 1 s !
        shareName 2 s !
        @Binding
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        target 2 @ObjectReference !
        @CSIPersistentVolumeSource
        controllerExpandSecretRef 9 @SecretReference * o
        controllerPublishSecretRef 6 @SecretReference * o
        driver 1 s !
        fsType 4 s o
        nodeExpandSecretRef 10 @SecretReference * o
        nodePublishSecretRef 8 @SecretReference * o
        nodeStageSecretRef 7 @SecretReference * o
        readOnly 3 b o
        volumeAttributes 5 {s o
        volumeHandle 2 s !
        @CSIVolumeSource
        driver 1 s !
        fsType 3 s * o
        nodePublishSecretRef 5 @LocalObjectReference * o
        readOnly 2 b * o
        volumeAttributes 4 {s o
        @Capabilities
        add 1 [s o
        drop 2 [s o
        @CephFSPersistentVolumeSource
        monitors 1 [s !
        path 2 s o
        readOnly 6 b o
        secretFile 4 s o
        secretRef 5 @SecretReference * o
        user 3 s o
        @CephFSVolumeSource
        monitors 1 [s !
        path 2 s o
        readOnly 6 b o
        secretFile 4 s o
        secretRef 5 @LocalObjectReference * o
        user 3 s o
        @CinderPersistentVolumeSource
        fsType 2 s o
        readOnly 3 b o
        secretRef 4 @SecretReference * o
        volumeID 1 s !
        @CinderVolumeSource
        fsType 2 s o
        readOnly 3 b o
        secretRef 4 @LocalObjectReference * o
        volumeID 1 s !
        @ClientIPConfig
        timeoutSeconds 1 i * o =10800
        @ClusterTrustBundleProjection
        labelSelector 3 @meta/v1.LabelSelector * o
        name 1 s * o
        optional 5 b * o
        path 4 s !
        signerName 2 s * o
        @ComponentCondition
        error 4 s o
        message 3 s o
        status 2 s ! #ConditionStatus
        type 1 s !
        @ComponentStatus
        apiVersion 0 s o
        conditions 2 [@ComponentCondition o k=type m p=type
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        @ComponentStatusList
        apiVersion 0 s o
        items 2 [@ComponentStatus !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ConfigMap
        apiVersion 0 s o
        binaryData 3 {y o
        data 2 {s o
        immutable 4 b * o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        @ConfigMapEnvSource
        +1 LocalObjectReference
        name 0 s o
        optional 2 b * o
        @ConfigMapKeySelector
        +1 LocalObjectReference
        key 2 s !
        name 0 s o
        optional 3 b * o
        @ConfigMapList
        apiVersion 0 s o
        items 2 [@ConfigMap !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ConfigMapNodeConfigSource
        kubeletConfigKey 5 s !
        name 2 s !
        namespace 1 s !
        resourceVersion 4 s o
        uid 3 s o
        @ConfigMapProjection
        +1 LocalObjectReference
        items 2 [@KeyToPath o
        name 0 s o
        optional 4 b * o
        @ConfigMapVolumeSource
        +1 LocalObjectReference
        defaultMode 3 i * o =420
        items 2 [@KeyToPath o
        name 0 s o
        optional 4 b * o
        @Container
        args 4 [s o
        command 3 [s o
        env 7 [@EnvVar o k=name m p=name
        envFrom 19 [@EnvFromSource o
        image 2 s o
        imagePullPolicy 14 s o #PullPolicy
        lifecycle 12 @Lifecycle * o
        livenessProbe 10 @Probe * o
        name 1 s !
        ports 6 [@ContainerPort o k=containerPort,protocol m p=containerPort
        readinessProbe 11 @Probe * o
        resizePolicy 23 [@ContainerResizePolicy o
        resources 8 @ResourceRequirements o ={}
        restartPolicy 24 s * o #ContainerRestartPolicy
        restartPolicyRules 25 [@ContainerRestartRule o
        securityContext 15 @SecurityContext * o
        startupProbe 22 @Probe * o
        stdin 16 b o
        stdinOnce 17 b o
        terminationMessagePath 13 s o ="/dev/termination-log"
        terminationMessagePolicy 20 s o #TerminationMessagePolicy ="File"
        tty 18 b o
        volumeDevices 21 [@VolumeDevice o k=devicePath m p=devicePath
        volumeMounts 9 [@VolumeMount o k=mountPath m p=mountPath
        workingDir 5 s o
        @ContainerExtendedResourceRequest
        containerName 1 s !
        requestName 3 s !
        resourceName 2 s !
        @ContainerImage
        names 1 [s
        sizeBytes 2 l o
        @ContainerPort
        containerPort 3 i !
        hostIP 5 s o
        hostPort 2 i o
        name 1 s o
        protocol 4 s o #Protocol ="TCP"
        @ContainerResizePolicy
        resourceName 1 s !
        restartPolicy 2 s ! #ResourceResizeRestartPolicy
        @ContainerRestartRule
        action 1 s ! o #ContainerRestartRuleAction
        exitCodes 2 @ContainerRestartRuleOnExitCodes * o
        @ContainerRestartRuleOnExitCodes
        operator 1 s ! o #ContainerRestartRuleOnExitCodesOperator
        values 2 [i o s
        @ContainerState
        running 2 @ContainerStateRunning * o
        terminated 3 @ContainerStateTerminated * o
        waiting 1 @ContainerStateWaiting * o
        @ContainerStateRunning
        startedAt 1 t o
        @ContainerStateTerminated
        containerID 7 s o
        exitCode 1 i !
        finishedAt 6 t o
        message 4 s o
        reason 3 s o
        signal 2 i o
        startedAt 5 t o
        @ContainerStateWaiting
        message 2 s o
        reason 1 s o
        @ContainerStatus
        allocatedResources 10 {q o
        allocatedResourcesStatus 14 [@ResourceStatus o k=name m p=name
        containerID 8 s o
        image 6 s !
        imageID 7 s !
        lastState 3 @ContainerState o
        name 1 s !
        ready 4 b !
        resources 11 @ResourceRequirements * o
        restartCount 5 i !
        started 9 b * o
        state 2 @ContainerState o
        stopSignal 15 s * o
        user 13 @ContainerUser * o
        volumeMounts 12 [@VolumeMountStatus o k=mountPath m p=mountPath
        @ContainerUser
        linux 1 @LinuxContainerUser * o
        @DaemonEndpoint
        Port 1 i !
        @DownwardAPIProjection
        items 1 [@DownwardAPIVolumeFile o
        @DownwardAPIVolumeFile
        fieldRef 2 @ObjectFieldSelector * o
        mode 4 i * o
        path 1 s !
        resourceFieldRef 3 @ResourceFieldSelector * o
        @DownwardAPIVolumeSource
        defaultMode 2 i * o =420
        items 1 [@DownwardAPIVolumeFile o
        @EmptyDirVolumeSource
        medium 1 s o
        sizeLimit 2 q * o
        @EndpointAddress
        hostname 3 s o
        ip 1 s !
        nodeName 4 s * o
        targetRef 2 @ObjectReference * o
        @EndpointPort
        appProtocol 4 s * o
        name 1 s o
        port 2 i !
        protocol 3 s o #Protocol
        @EndpointSubset
        addresses 1 [@EndpointAddress o
        notReadyAddresses 2 [@EndpointAddress o
        ports 3 [@EndpointPort o
        @Endpoints
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        subsets 2 [@EndpointSubset o
        @EndpointsList
        apiVersion 0 s o
        items 2 [@Endpoints !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @EnvFromSource
        configMapRef 2 @ConfigMapEnvSource * o
        prefix 1 s o
        secretRef 3 @SecretEnvSource * o
        @EnvVar
        name 1 s !
        value 2 s o
        valueFrom 3 @EnvVarSource * o
        @EnvVarSource
        configMapKeyRef 3 @ConfigMapKeySelector * o
        fieldRef 1 @ObjectFieldSelector * o
        fileKeyRef 5 @FileKeySelector * o
        resourceFieldRef 2 @ResourceFieldSelector * o
        secretKeyRef 4 @SecretKeySelector * o
        @EphemeralContainer
        +1 EphemeralContainerCommon
        args 0 [s o
        command 0 [s o
        env 0 [@EnvVar o k=name m p=name
        envFrom 0 [@EnvFromSource o
        image 0 s o
        imagePullPolicy 0 s o #PullPolicy
        lifecycle 0 @Lifecycle * o
        livenessProbe 0 @Probe * o
        name 0 s !
        ports 0 [@ContainerPort o k=containerPort,protocol m p=containerPort
        readinessProbe 0 @Probe * o
        resizePolicy 0 [@ContainerResizePolicy o
        resources 0 @ResourceRequirements o ={}
        restartPolicy 0 s * o #ContainerRestartPolicy
        restartPolicyRules 0 [@ContainerRestartRule o
        securityContext 0 @SecurityContext * o
        startupProbe 0 @Probe * o
        stdin 0 b o
        stdinOnce 0 b o
        targetContainerName 2 s o
        terminationMessagePath 0 s o ="/dev/termination-log"
        terminationMessagePolicy 0 s o #TerminationMessagePolicy ="File"
        tty 0 b o
        volumeDevices 0 [@VolumeDevice o k=devicePath m p=devicePath
        volumeMounts 0 [@VolumeMount o k=mountPath m p=mountPath
        workingDir 0 s o
        @EphemeralContainerCommon
        args 4 [s o
        command 3 [s o
        env 7 [@EnvVar o k=name m p=name
        envFrom 19 [@EnvFromSource o
        image 2 s o
        imagePullPolicy 14 s o #PullPolicy
        lifecycle 12 @Lifecycle * o
        livenessProbe 10 @Probe * o
        name 1 s !
        ports 6 [@ContainerPort o k=containerPort,protocol m p=containerPort
        readinessProbe 11 @Probe * o
        resizePolicy 23 [@ContainerResizePolicy o
        resources 8 @ResourceRequirements o ={}
        restartPolicy 24 s * o #ContainerRestartPolicy
        restartPolicyRules 25 [@ContainerRestartRule o
        securityContext 15 @SecurityContext * o
        startupProbe 22 @Probe * o
        stdin 16 b o
        stdinOnce 17 b o
        terminationMessagePath 13 s o ="/dev/termination-log"
        terminationMessagePolicy 20 s o #TerminationMessagePolicy ="File"
        tty 18 b o
        volumeDevices 21 [@VolumeDevice o k=devicePath m p=devicePath
        volumeMounts 9 [@VolumeMount o k=mountPath m p=mountPath
        workingDir 5 s o
        @EphemeralVolumeSource
        volumeClaimTemplate 1 @PersistentVolumeClaimTemplate * o
        @Event
        action 12 s o
        apiVersion 0 s o
        count 8 i o
        eventTime 10 T o
        firstTimestamp 6 t o
        involvedObject 2 @ObjectReference !
        kind 0 s o
        lastTimestamp 7 t o
        message 4 s o
        metadata 1 @meta/v1.ObjectMeta !
        reason 3 s o
        related 13 @ObjectReference * o
        reportingComponent 14 s
        reportingInstance 15 s
        series 11 @EventSeries * o
        source 5 @EventSource o
        type 9 s o
        @EventList
        apiVersion 0 s o
        items 2 [@Event !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @EventSeries
        count 1 i o
        lastObservedTime 2 T o
        @EventSource
        component 1 s o
        host 2 s o
        @ExecAction
        command 1 [s o
        @FCVolumeSource
        fsType 3 s o
        lun 2 i * o
        readOnly 4 b o
        targetWWNs 1 [s o
        wwids 5 [s o
        @FileKeySelector
        key 3 s !
        optional 4 b * o =false
        path 2 s !
        volumeName 1 s !
        @FlexPersistentVolumeSource
        driver 1 s !
        fsType 2 s o
        options 5 {s o
        readOnly 4 b o
        secretRef 3 @SecretReference * o
        @FlexVolumeSource
        driver 1 s !
        fsType 2 s o
        options 5 {s o
        readOnly 4 b o
        secretRef 3 @LocalObjectReference * o
        @FlockerVolumeSource
        datasetName 1 s o
        datasetUUID 2 s o
        @GCEPersistentDiskVolumeSource
        fsType 2 s o
        partition 3 i o
        pdName 1 s !
        readOnly 4 b o
        @GRPCAction
        port 1 i !
        service 2 s * =""
        @GitRepoVolumeSource
        directory 3 s o
        repository 1 s !
        revision 2 s o
        @GlusterfsPersistentVolumeSource
        endpoints 1 s !
        endpointsNamespace 4 s * o
        path 2 s !
        readOnly 3 b o
        @GlusterfsVolumeSource
        endpoints 1 s !
        path 2 s !
        readOnly 3 b o
        @HTTPGetAction
        host 3 s o
        httpHeaders 5 [@HTTPHeader o
        path 1 s o ="/"
        port 2 x !
        scheme 4 s o #URIScheme ="HTTP"
        @HTTPHeader
        name 1 s !
        value 2 s !
        @HostAlias
        hostnames 2 [s o
        ip 1 s !
        @HostIP
        ip 1 s !
        @HostPathVolumeSource
        path 1 s !
        type 2 s * o #HostPathType =""
        @ISCSIPersistentVolumeSource
        chapAuthDiscovery 8 b o
        chapAuthSession 11 b o
        fsType 5 s o
        initiatorName 12 s * o
        iqn 2 s !
        iscsiInterface 4 s o ="default"
        lun 3 i !
        portals 7 [s o
        readOnly 6 b o
        secretRef 10 @SecretReference * o
        targetPortal 1 s !
        @ISCSIVolumeSource
        chapAuthDiscovery 8 b o
        chapAuthSession 11 b o
        fsType 5 s o
        initiatorName 12 s * o
        iqn 2 s !
        iscsiInterface 4 s o ="default"
        lun 3 i !
        portals 7 [s o
        readOnly 6 b o
        secretRef 10 @LocalObjectReference * o
        targetPortal 1 s !
        @ImageVolumeSource
        pullPolicy 2 s o #PullPolicy
        reference 1 s o
        @ImageVolumeStatus
        imageRef 1 s ! o
        @KeyToPath
        key 1 s !
        mode 3 i * o
        path 2 s !
        @Lifecycle
        postStart 1 @LifecycleHandler * o
        preStop 2 @LifecycleHandler * o
        stopSignal 3 s * o
        @LifecycleHandler
        exec 1 @ExecAction * o
        httpGet 2 @HTTPGetAction * o
        sleep 4 @SleepAction * o
        tcpSocket 3 @TCPSocketAction * o
        @LimitRange
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @LimitRangeSpec o
        @LimitRangeItem
        default 4 {q o
        defaultRequest 5 {q o
        max 2 {q o
        maxLimitRequestRatio 6 {q o
        min 3 {q o
        type 1 s ! #LimitType
        @LimitRangeList
        apiVersion 0 s o
        items 2 [@LimitRange !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @LimitRangeSpec
        limits 1 [@LimitRangeItem !
        @LinuxContainerUser
        gid 2 l !
        supplementalGroups 3 [l o
        uid 1 l !
        @LoadBalancerIngress
        hostname 2 s o
        ip 1 s o
        ipMode 3 s * o #LoadBalancerIPMode
        ports 4 [@PortStatus o
        @LoadBalancerStatus
        ingress 1 [@LoadBalancerIngress o
        @LocalObjectReference
        name 1 s o
        @LocalVolumeSource
        fsType 2 s * o
        path 1 s !
        @ModifyVolumeStatus
        status 2 s ! #PersistentVolumeClaimModifyVolumeStatus
        targetVolumeAttributesClassName 1 s o
        @NFSVolumeSource
        path 2 s !
        readOnly 3 b o
        server 1 s !
        @Namespace
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @NamespaceSpec o
        status 3 @NamespaceStatus o
        @NamespaceCondition
        lastTransitionTime 4 t o
        message 6 s o
        reason 5 s o
        status 2 s ! #ConditionStatus
        type 1 s !
        @NamespaceList
        apiVersion 0 s o
        items 2 [@Namespace !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @NamespaceSpec
        finalizers 1 [s o
        @NamespaceStatus
        conditions 2 [@NamespaceCondition o k=type m p=type
        phase 1 s o #NamespacePhase ="Active"
        @Node
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @NodeSpec o
        status 3 @NodeStatus o
        @NodeAddress
        address 2 s !
        type 1 s ! #NodeAddressType
        @NodeAffinity
        preferredDuringSchedulingIgnoredDuringExecution 2 [@PreferredSchedulingTerm o
        requiredDuringSchedulingIgnoredDuringExecution 1 @NodeSelector * o
        @NodeAllocatableResourceClaimStatus
        containers 2 [s o s
        resourceClaimName 1 s !
        resources 3 {q !
        @NodeCondition
        lastHeartbeatTime 3 t o
        lastTransitionTime 4 t o
        message 6 s o
        reason 5 s o
        status 2 s ! #ConditionStatus
        type 1 s !
        @NodeConfigSource
        configMap 2 @ConfigMapNodeConfigSource * o
        @NodeConfigStatus
        active 2 @NodeConfigSource * o
        assigned 1 @NodeConfigSource * o
        error 4 s o
        lastKnownGood 3 @NodeConfigSource * o
        @NodeDaemonEndpoints
        kubeletEndpoint 1 @DaemonEndpoint o
        @NodeFeatures
        supplementalGroupsPolicy 1 b * o
        @NodeList
        apiVersion 0 s o
        items 2 [@Node !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @NodeProxyOptions
        apiVersion 0 s o
        kind 0 s o
        path 1 s o
        @NodeRuntimeHandler
        features 2 @NodeRuntimeHandlerFeatures * o
        name 1 s
        @NodeRuntimeHandlerFeatures
        recursiveReadOnlyMounts 1 b * o
        userNamespaces 2 b * o
        @NodeSelector
        nodeSelectorTerms 1 [@NodeSelectorTerm !
        @NodeSelectorRequirement
        key 1 s !
        operator 2 s ! #NodeSelectorOperator
        values 3 [s o
        @NodeSelectorTerm
        matchExpressions 1 [@NodeSelectorRequirement o
        matchFields 2 [@NodeSelectorRequirement o
        @NodeSpec
        configSource 6 @NodeConfigSource * o
        externalID 2 s o
        podCIDR 1 s o
        podCIDRs 7 [s o s m
        providerID 3 s o
        taints 5 [@Taint o
        unschedulable 4 b o
        @NodeStatus
        addresses 5 [@NodeAddress o k=type m p=type
        allocatable 2 {q o
        capacity 1 {q o
        conditions 4 [@NodeCondition o k=type m p=type
        config 11 @NodeConfigStatus * o
        daemonEndpoints 6 @NodeDaemonEndpoints o
        declaredFeatures 14 [s o
        features 13 @NodeFeatures * o
        images 8 [@ContainerImage o
        nodeInfo 7 @NodeSystemInfo o
        phase 3 s o #NodePhase
        runtimeHandlers 12 [@NodeRuntimeHandler o
        volumesAttached 10 [@AttachedVolume o
        volumesInUse 9 [s o
        @NodeSwapStatus
        capacity 1 l * o
        @NodeSystemInfo
        architecture 10 s !
        bootID 3 s !
        containerRuntimeVersion 6 s !
        kernelVersion 4 s !
        kubeProxyVersion 8 s !
        kubeletVersion 7 s !
        machineID 1 s !
        operatingSystem 9 s !
        osImage 5 s !
        swap 11 @NodeSwapStatus * o
        systemUUID 2 s !
        @ObjectFieldSelector
        apiVersion 1 s o ="v1"
        fieldPath 2 s !
        @ObjectReference
        apiVersion 5 s o
        fieldPath 7 s o
        kind 1 s o
        name 3 s o
        namespace 2 s o
        resourceVersion 6 s o
        uid 4 s o
        @PersistentVolume
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @PersistentVolumeSpec o
        status 3 @PersistentVolumeStatus o
        @PersistentVolumeClaim
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @PersistentVolumeClaimSpec o
        status 3 @PersistentVolumeClaimStatus o
        @PersistentVolumeClaimCondition
        lastProbeTime 3 t o
        lastTransitionTime 4 t o
        message 6 s o
        reason 5 s o
        status 2 s ! #ConditionStatus
        type 1 s !
        @PersistentVolumeClaimList
        apiVersion 0 s o
        items 2 [@PersistentVolumeClaim !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @PersistentVolumeClaimSpec
        accessModes 1 [s o #PersistentVolumeAccessMode
        dataSource 7 @TypedLocalObjectReference * o
        dataSourceRef 8 @TypedObjectReference * o
        resources 2 @VolumeResourceRequirements o
        selector 4 @meta/v1.LabelSelector * o
        storageClassName 5 s * o
        volumeAttributesClassName 9 s * o
        volumeMode 6 s * o #PersistentVolumeMode ="Filesystem"
        volumeName 3 s o
        @PersistentVolumeClaimStatus
        accessModes 2 [s o #PersistentVolumeAccessMode
        allocatedResourceStatuses 7 {s o #ClaimResourceStatus
        allocatedResources 5 {q o
        capacity 3 {q o
        conditions 4 [@PersistentVolumeClaimCondition o k=type m p=type
        currentVolumeAttributesClassName 8 s * o
        modifyVolumeStatus 9 @ModifyVolumeStatus * o
        phase 1 s o #PersistentVolumeClaimPhase ="Pending"
        @PersistentVolumeClaimTemplate
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @PersistentVolumeClaimSpec !
        @PersistentVolumeClaimVolumeSource
        claimName 1 s !
        readOnly 2 b o
        @PersistentVolumeList
        apiVersion 0 s o
        items 2 [@PersistentVolume !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @PersistentVolumeSource
        awsElasticBlockStore 2 @AWSElasticBlockStoreVolumeSource * o
        azureDisk 16 @AzureDiskVolumeSource * o
        azureFile 13 @AzureFilePersistentVolumeSource * o
        cephfs 9 @CephFSPersistentVolumeSource * o
        cinder 8 @CinderPersistentVolumeSource * o
        csi 22 @CSIPersistentVolumeSource * o
        fc 10 @FCVolumeSource * o
        flexVolume 12 @FlexPersistentVolumeSource * o
        flocker 11 @FlockerVolumeSource * o
        gcePersistentDisk 1 @GCEPersistentDiskVolumeSource * o
        glusterfs 4 @GlusterfsPersistentVolumeSource * o
        hostPath 3 @HostPathVolumeSource * o
        iscsi 7 @ISCSIPersistentVolumeSource * o
        local 20 @LocalVolumeSource * o
        nfs 5 @NFSVolumeSource * o
        photonPersistentDisk 17 @PhotonPersistentDiskVolumeSource * o
        portworxVolume 18 @PortworxVolumeSource * o
        quobyte 15 @QuobyteVolumeSource * o
        rbd 6 @RBDPersistentVolumeSource * o
        scaleIO 19 @ScaleIOPersistentVolumeSource * o
        storageos 21 @StorageOSPersistentVolumeSource * o
        vsphereVolume 14 @VsphereVirtualDiskVolumeSource * o
        @PersistentVolumeSpec
        +2 PersistentVolumeSource
        accessModes 3 [s o #PersistentVolumeAccessMode
        awsElasticBlockStore 0 @AWSElasticBlockStoreVolumeSource * o
        azureDisk 0 @AzureDiskVolumeSource * o
        azureFile 0 @AzureFilePersistentVolumeSource * o
        capacity 1 {q o
        cephfs 0 @CephFSPersistentVolumeSource * o
        cinder 0 @CinderPersistentVolumeSource * o
        claimRef 4 @ObjectReference * o
        csi 0 @CSIPersistentVolumeSource * o
        fc 0 @FCVolumeSource * o
        flexVolume 0 @FlexPersistentVolumeSource * o
        flocker 0 @FlockerVolumeSource * o
        gcePersistentDisk 0 @GCEPersistentDiskVolumeSource * o
        glusterfs 0 @GlusterfsPersistentVolumeSource * o
        hostPath 0 @HostPathVolumeSource * o
        iscsi 0 @ISCSIPersistentVolumeSource * o
        local 0 @LocalVolumeSource * o
        mountOptions 7 [s o
        nfs 0 @NFSVolumeSource * o
        nodeAffinity 9 @VolumeNodeAffinity * o
        persistentVolumeReclaimPolicy 5 s o #PersistentVolumeReclaimPolicy ="Retain"
        photonPersistentDisk 0 @PhotonPersistentDiskVolumeSource * o
        portworxVolume 0 @PortworxVolumeSource * o
        quobyte 0 @QuobyteVolumeSource * o
        rbd 0 @RBDPersistentVolumeSource * o
        scaleIO 0 @ScaleIOPersistentVolumeSource * o
        storageClassName 6 s o
        storageos 0 @StorageOSPersistentVolumeSource * o
        volumeAttributesClassName 10 s * o
        volumeMode 8 s * o #PersistentVolumeMode ="Filesystem"
        vsphereVolume 0 @VsphereVirtualDiskVolumeSource * o
        @PersistentVolumeStatus
        lastPhaseTransitionTime 4 t * o
        message 2 s o
        phase 1 s o #PersistentVolumePhase ="Pending"
        reason 3 s o
        @PhotonPersistentDiskVolumeSource
        fsType 2 s o
        pdID 1 s !
        @Pod
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @PodSpec o
        status 3 @PodStatus o
        @PodAffinity
        preferredDuringSchedulingIgnoredDuringExecution 2 [@WeightedPodAffinityTerm o
        requiredDuringSchedulingIgnoredDuringExecution 1 [@PodAffinityTerm o
        @PodAffinityTerm
        labelSelector 1 @meta/v1.LabelSelector * o
        matchLabelKeys 5 [s o
        mismatchLabelKeys 6 [s o
        namespaceSelector 4 @meta/v1.LabelSelector * o
        namespaces 2 [s o
        topologyKey 3 s !
        @PodAntiAffinity
        preferredDuringSchedulingIgnoredDuringExecution 2 [@WeightedPodAffinityTerm o
        requiredDuringSchedulingIgnoredDuringExecution 1 [@PodAffinityTerm o
        @PodAttachOptions
        apiVersion 0 s o
        container 5 s o
        kind 0 s o
        stderr 3 b o
        stdin 1 b o
        stdout 2 b o
        tty 4 b o
        @PodCertificateProjection
        certificateChainPath 6 s o
        credentialBundlePath 4 s o
        keyPath 5 s o
        keyType 2 s ! o
        maxExpirationSeconds 3 i * o
        signerName 1 s ! o
        userAnnotations 7 {s o
        @PodCondition
        lastProbeTime 3 t o
        lastTransitionTime 4 t o
        message 6 s o
        observedGeneration 7 l o
        reason 5 s o
        status 2 s ! #ConditionStatus
        type 1 s !
        @PodDNSConfig
        nameservers 1 [s o
        options 3 [@PodDNSConfigOption o
        searches 2 [s o
        @PodDNSConfigOption
        name 1 s o
        value 2 s * o
        @PodExecOptions
        apiVersion 0 s o
        command 6 [s !
        container 5 s o
        kind 0 s o
        stderr 3 b o
        stdin 1 b o
        stdout 2 b o
        tty 4 b o
        @PodExtendedResourceClaimStatus
        requestMappings 1 [@ContainerExtendedResourceRequest !
        resourceClaimName 2 s !
        @PodIP
        ip 1 s !
        @PodList
        apiVersion 0 s o
        items 2 [@Pod !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @PodLogOptions
        apiVersion 0 s o
        container 1 s o
        follow 2 b o
        insecureSkipTLSVerifyBackend 9 b o
        kind 0 s o
        limitBytes 8 l * o
        previous 3 b o
        sinceSeconds 4 l * o
        sinceTime 5 t * o
        stream 10 s * o
        tailLines 7 l * o
        timestamps 6 b o
        @PodOS
        name 1 s ! #OSName
        @PodPortForwardOptions
        apiVersion 0 s o
        kind 0 s o
        ports 1 [i o
        @PodProxyOptions
        apiVersion 0 s o
        kind 0 s o
        path 1 s o
        @PodReadinessGate
        conditionType 1 s !
        @PodResourceClaim
        name 1 s !
        resourceClaimName 3 s * o
        resourceClaimTemplateName 4 s * o
        @PodResourceClaimStatus
        name 1 s !
        resourceClaimName 2 s * o
        @PodSchedulingGate
        name 1 s !
        @PodSchedulingGroup
        podGroupName 1 s * o
        @PodSecurityContext
        appArmorProfile 11 @AppArmorProfile * o
        fsGroup 5 l * o
        fsGroupChangePolicy 9 s * o #PodFSGroupChangePolicy
        runAsGroup 6 l * o
        runAsNonRoot 3 b * o
        runAsUser 2 l * o
        seLinuxChangePolicy 13 s * o #PodSELinuxChangePolicy
        seLinuxOptions 1 @SELinuxOptions * o
        seccompProfile 10 @SeccompProfile * o
        supplementalGroups 4 [l o
        supplementalGroupsPolicy 12 s * o #SupplementalGroupsPolicy
        sysctls 7 [@Sysctl o
        windowsOptions 8 @WindowsSecurityContextOptions * o
        @PodSignature
        podController 1 @meta/v1.OwnerReference * o
        @PodSpec
        activeDeadlineSeconds 5 l * o
        affinity 18 @Affinity * o
        automountServiceAccountToken 21 b * o
        containers 2 [@Container ! k=name m p=name
        dnsConfig 26 @PodDNSConfig * o
        dnsPolicy 6 s o #DNSPolicy ="ClusterFirst"
        enableServiceLinks 30 b * o
        ephemeralContainers 34 [@EphemeralContainer o k=name m p=name
        hostAliases 23 [@HostAlias o k=ip m p=ip
        hostIPC 13 b o
        hostNetwork 11 b o
        hostPID 12 b o
        hostUsers 37 b * o
        hostname 16 s o
        hostnameOverride 41 s * o
        imagePullSecrets 15 [@LocalObjectReference o k=name m p=name
        initContainers 20 [@Container o k=name m p=name
        nodeName 10 s o
        nodeSelector 7 {s o a
        os 36 @PodOS * o
        overhead 32 {q o
        preemptionPolicy 31 s * o #PreemptionPolicy
        priority 25 i * o
        priorityClassName 24 s o
        readinessGates 28 [@PodReadinessGate o
        resourceClaims 39 [@PodResourceClaim o k=name m r p=name
        resources 40 @ResourceRequirements * o
        restartPolicy 3 s o #RestartPolicy ="Always"
        runtimeClassName 29 s * o
        schedulerName 19 s o ="default-scheduler"
        schedulingGates 38 [@PodSchedulingGate o k=name m p=name
        schedulingGroup 43 @PodSchedulingGroup * o
        securityContext 14 @PodSecurityContext * o ={}
        serviceAccount 9 s o
        serviceAccountName 8 s o
        setHostnameAsFQDN 35 b * o
        shareProcessNamespace 27 b * o
        subdomain 17 s o
        terminationGracePeriodSeconds 4 l * o =30
        tolerations 22 [@Toleration o
        topologySpreadConstraints 33 [@TopologySpreadConstraint o k=topologyKey,whenUnsatisfiable m p=topologyKey
        volumes 1 [@Volume o k=name m r p=name
        @PodStatus
        allocatedResources 19 {q o
        conditions 2 [@PodCondition o k=type m p=type
        containerStatuses 8 [@ContainerStatus o
        ephemeralContainerStatuses 13 [@ContainerStatus o
        extendedResourceClaimStatus 18 @PodExtendedResourceClaimStatus * o
        hostIP 5 s o
        hostIPs 16 [@HostIP o m p=ip
        initContainerStatuses 10 [@ContainerStatus o
        message 3 s o
        nodeAllocatableResourceClaimStatuses 21 [@NodeAllocatableResourceClaimStatus o
        nominatedNodeName 11 s o
        observedGeneration 17 l o
        phase 1 s o #PodPhase
        podIP 6 s o
        podIPs 12 [@PodIP o k=ip m p=ip
        qosClass 9 s o #PodQOSClass
        reason 4 s o
        resize 14 s o #PodResizeStatus
        resourceClaimStatuses 15 [@PodResourceClaimStatus o k=name m r p=name
        resources 20 @ResourceRequirements * o
        startTime 7 t * o
        @PodStatusResult
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        status 2 @PodStatus o
        @PodTemplate
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        template 2 @PodTemplateSpec o
        @PodTemplateList
        apiVersion 0 s o
        items 2 [@PodTemplate !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @PodTemplateSpec
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @PodSpec o
        @PortStatus
        error 3 s * o
        port 1 i !
        protocol 2 s ! #Protocol
        @PortworxVolumeSource
        fsType 2 s o
        readOnly 3 b o
        volumeID 1 s !
        @Preconditions
        uid 1 s * o
        @PreferAvoidPodsEntry
        evictionTime 2 t o
        message 4 s o
        podSignature 1 @PodSignature !
        reason 3 s o
        @PreferredSchedulingTerm
        preference 2 @NodeSelectorTerm !
        weight 1 i !
        @Probe
        +1 ProbeHandler
        exec 0 @ExecAction * o
        failureThreshold 6 i o =3
        grpc 0 @GRPCAction * o
        httpGet 0 @HTTPGetAction * o
        initialDelaySeconds 2 i o
        periodSeconds 4 i o =10
        successThreshold 5 i o =1
        tcpSocket 0 @TCPSocketAction * o
        terminationGracePeriodSeconds 7 l * o
        timeoutSeconds 3 i o =1
        @ProbeHandler
        exec 1 @ExecAction * o
        grpc 4 @GRPCAction * o
        httpGet 2 @HTTPGetAction * o
        tcpSocket 3 @TCPSocketAction * o
        @ProjectedVolumeSource
        defaultMode 2 i * o =420
        sources 1 [@VolumeProjection
        @QuobyteVolumeSource
        group 5 s o
        readOnly 3 b o
        registry 1 s !
        tenant 6 s o
        user 4 s o
        volume 2 s !
        @RBDPersistentVolumeSource
        fsType 3 s o
        image 2 s !
        keyring 6 s o ="/etc/ceph/keyring"
        monitors 1 [s !
        pool 4 s o ="rbd"
        readOnly 8 b o
        secretRef 7 @SecretReference * o
        user 5 s o ="admin"
        @RBDVolumeSource
        fsType 3 s o
        image 2 s !
        keyring 6 s o ="/etc/ceph/keyring"
        monitors 1 [s !
        pool 4 s o ="rbd"
        readOnly 8 b o
        secretRef 7 @LocalObjectReference * o
        user 5 s o ="admin"
        @RangeAllocation
        apiVersion 0 s o
        data 3 y !
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        range 2 s !
        @ReplicationController
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ReplicationControllerSpec o
        status 3 @ReplicationControllerStatus o
        @ReplicationControllerCondition
        lastTransitionTime 3 t o
        message 5 s o
        reason 4 s o
        status 2 s ! #ConditionStatus
        type 1 s !
        @ReplicationControllerList
        apiVersion 0 s o
        items 2 [@ReplicationController !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ReplicationControllerSpec
        minReadySeconds 4 i o =0
        replicas 1 i * o =1
        selector 2 {s o a
        template 3 @PodTemplateSpec * o
        @ReplicationControllerStatus
        availableReplicas 5 i o
        conditions 6 [@ReplicationControllerCondition o k=type m p=type
        fullyLabeledReplicas 2 i o
        observedGeneration 3 l o
        readyReplicas 4 i o
        replicas 1 i !
        @ResourceClaim
        name 1 s !
        request 2 s o
        @ResourceFieldSelector
        containerName 1 s o
        divisor 3 q o ="0"
        resource 2 s !
        @ResourceHealth
        health 2 s o #ResourceHealthStatus
        message 6 s * o
        resourceID 1 s !
        @ResourceQuota
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ResourceQuotaSpec o
        status 3 @ResourceQuotaStatus o
        @ResourceQuotaList
        apiVersion 0 s o
        items 2 [@ResourceQuota !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ResourceQuotaSpec
        hard 1 {q o
        scopeSelector 3 @ScopeSelector * o
        scopes 2 [s o #ResourceQuotaScope
        @ResourceQuotaStatus
        hard 1 {q o
        used 2 {q o
        @ResourceRequirements
        claims 3 [@ResourceClaim o k=name
        limits 1 {q o
        requests 2 {q o
        @ResourceStatus
        name 1 s !
        resources 2 [@ResourceHealth o k=resourceID
        @SELinuxOptions
        level 4 s o
        role 2 s o
        type 3 s o
        user 1 s o
        @ScaleIOPersistentVolumeSource
        fsType 9 s o ="xfs"
        gateway 1 s !
        protectionDomain 5 s o
        readOnly 10 b o
        secretRef 3 @SecretReference ! *
        sslEnabled 4 b o
        storageMode 7 s o ="ThinProvisioned"
        storagePool 6 s o
        system 2 s !
        volumeName 8 s o
        @ScaleIOVolumeSource
        fsType 9 s o ="xfs"
        gateway 1 s !
        protectionDomain 5 s o
        readOnly 10 b o
        secretRef 3 @LocalObjectReference ! *
        sslEnabled 4 b o
        storageMode 7 s o ="ThinProvisioned"
        storagePool 6 s o
        system 2 s !
        volumeName 8 s o
        @ScopeSelector
        matchExpressions 1 [@ScopedResourceSelectorRequirement o
        @ScopedResourceSelectorRequirement
        operator 2 s ! #ScopeSelectorOperator
        scopeName 1 s ! #ResourceQuotaScope
        values 3 [s o
        @SeccompProfile
        localhostProfile 2 s * o
        type 1 s ! #SeccompProfileType
        @Secret
        apiVersion 0 s o
        data 2 {y o
        immutable 5 b * o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        stringData 4 {s o
        type 3 s o ="Opaque"
        @SecretEnvSource
        +1 LocalObjectReference
        name 0 s o
        optional 2 b * o
        @SecretKeySelector
        +1 LocalObjectReference
        key 2 s !
        name 0 s o
        optional 3 b * o
        @SecretList
        apiVersion 0 s o
        items 2 [@Secret !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @SecretProjection
        +1 LocalObjectReference
        items 2 [@KeyToPath o
        name 0 s o
        optional 4 b * o
        @SecretReference
        name 1 s o
        namespace 2 s o
        @SecretVolumeSource
        defaultMode 3 i * o =420
        items 2 [@KeyToPath o
        optional 4 b * o
        secretName 1 s o
        @SecurityContext
        allowPrivilegeEscalation 7 b * o
        appArmorProfile 12 @AppArmorProfile * o
        capabilities 1 @Capabilities * o
        privileged 2 b * o
        procMount 9 s * o #ProcMountType
        readOnlyRootFilesystem 6 b * o
        runAsGroup 8 l * o
        runAsNonRoot 5 b * o
        runAsUser 4 l * o
        seLinuxOptions 3 @SELinuxOptions * o
        seccompProfile 11 @SeccompProfile * o
        windowsOptions 10 @WindowsSecurityContextOptions * o
        @SerializedReference
        apiVersion 0 s o
        kind 0 s o
        reference 1 @ObjectReference o
        @Service
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ServiceSpec o
        status 3 @ServiceStatus o
        @ServiceAccount
        apiVersion 0 s o
        automountServiceAccountToken 4 b * o
        imagePullSecrets 3 [@LocalObjectReference o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        secrets 2 [@ObjectReference o k=name m p=name
        @ServiceAccountList
        apiVersion 0 s o
        items 2 [@ServiceAccount !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ServiceAccountTokenProjection
        audience 1 s o
        expirationSeconds 2 l * o =3600
        path 3 s !
        @ServiceList
        apiVersion 0 s o
        items 2 [@Service !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ServicePort
        appProtocol 6 s * o
        name 1 s o
        nodePort 5 i o
        port 3 i !
        protocol 2 s o #Protocol ="TCP"
        targetPort 4 x o
        @ServiceProxyOptions
        apiVersion 0 s o
        kind 0 s o
        path 1 s o
        @ServiceSpec
        allocateLoadBalancerNodePorts 20 b * o
        clusterIP 3 s o
        clusterIPs 18 [s o
        externalIPs 5 [s o
        externalName 10 s o
        externalTrafficPolicy 11 s o #ServiceExternalTrafficPolicy
        healthCheckNodePort 12 i o
        internalTrafficPolicy 22 s * o #ServiceInternalTrafficPolicy
        ipFamilies 19 [s o #IPFamily
        ipFamilyPolicy 17 s * o #IPFamilyPolicy
        loadBalancerClass 21 s * o
        loadBalancerIP 8 s o
        loadBalancerSourceRanges 9 [s o
        ports 1 [@ServicePort o k=port,protocol m p=port
        publishNotReadyAddresses 13 b o
        selector 2 {s o a
        sessionAffinity 7 s o #ServiceAffinity ="None"
        sessionAffinityConfig 14 @SessionAffinityConfig * o
        trafficDistribution 23 s * o
        type 4 s o #ServiceType ="ClusterIP"
        @ServiceStatus
        conditions 2 [@meta/v1.Condition o k=type m p=type
        loadBalancer 1 @LoadBalancerStatus o
        @SessionAffinityConfig
        clientIP 1 @ClientIPConfig * o
        @SleepAction
        seconds 1 l !
        @StorageOSPersistentVolumeSource
        fsType 3 s o
        readOnly 4 b o
        secretRef 5 @ObjectReference * o
        volumeName 1 s o
        volumeNamespace 2 s o
        @StorageOSVolumeSource
        fsType 3 s o
        readOnly 4 b o
        secretRef 5 @LocalObjectReference * o
        volumeName 1 s o
        volumeNamespace 2 s o
        @Sysctl
        name 1 s !
        value 2 s !
        @TCPSocketAction
        host 2 s o
        port 1 x !
        @Taint
        effect 3 s ! #TaintEffect
        key 1 s !
        timeAdded 4 t * o
        value 2 s o
        @Toleration
        effect 4 s o #TaintEffect
        key 1 s o
        operator 2 s o #TolerationOperator
        tolerationSeconds 5 l * o
        value 3 s o
        @TopologySelectorLabelRequirement
        key 1 s !
        values 2 [s !
        @TopologySelectorTerm
        matchLabelExpressions 1 [@TopologySelectorLabelRequirement o
        @TopologySpreadConstraint
        labelSelector 4 @meta/v1.LabelSelector * o
        matchLabelKeys 8 [s o
        maxSkew 1 i !
        minDomains 5 i * o
        nodeAffinityPolicy 6 s * o #NodeInclusionPolicy
        nodeTaintsPolicy 7 s * o #NodeInclusionPolicy
        topologyKey 2 s !
        whenUnsatisfiable 3 s ! #UnsatisfiableConstraintAction
        @TypedLocalObjectReference
        apiGroup 1 s *
        kind 2 s !
        name 3 s !
        @TypedObjectReference
        apiGroup 1 s *
        kind 2 s !
        name 3 s !
        namespace 4 s * o
        @Volume
        +2 VolumeSource
        awsElasticBlockStore 0 @AWSElasticBlockStoreVolumeSource * o
        azureDisk 0 @AzureDiskVolumeSource * o
        azureFile 0 @AzureFileVolumeSource * o
        cephfs 0 @CephFSVolumeSource * o
        cinder 0 @CinderVolumeSource * o
        configMap 0 @ConfigMapVolumeSource * o
        csi 0 @CSIVolumeSource * o
        downwardAPI 0 @DownwardAPIVolumeSource * o
        emptyDir 0 @EmptyDirVolumeSource * o
        ephemeral 0 @EphemeralVolumeSource * o
        fc 0 @FCVolumeSource * o
        flexVolume 0 @FlexVolumeSource * o
        flocker 0 @FlockerVolumeSource * o
        gcePersistentDisk 0 @GCEPersistentDiskVolumeSource * o
        gitRepo 0 @GitRepoVolumeSource * o
        glusterfs 0 @GlusterfsVolumeSource * o
        hostPath 0 @HostPathVolumeSource * o
        image 0 @ImageVolumeSource * o
        iscsi 0 @ISCSIVolumeSource * o
        name 1 s !
        nfs 0 @NFSVolumeSource * o
        persistentVolumeClaim 0 @PersistentVolumeClaimVolumeSource * o
        photonPersistentDisk 0 @PhotonPersistentDiskVolumeSource * o
        portworxVolume 0 @PortworxVolumeSource * o
        projected 0 @ProjectedVolumeSource * o
        quobyte 0 @QuobyteVolumeSource * o
        rbd 0 @RBDVolumeSource * o
        scaleIO 0 @ScaleIOVolumeSource * o
        secret 0 @SecretVolumeSource * o
        storageos 0 @StorageOSVolumeSource * o
        vsphereVolume 0 @VsphereVirtualDiskVolumeSource * o
        @VolumeDevice
        devicePath 2 s !
        name 1 s !
        @VolumeMount
        mountPath 3 s !
        mountPropagation 5 s * o #MountPropagationMode
        name 1 s !
        readOnly 2 b o
        recursiveReadOnly 7 s * o #RecursiveReadOnlyMode
        subPath 4 s o
        subPathExpr 6 s o
        @VolumeMountStatus
        mountPath 2 s !
        name 1 s !
        readOnly 3 b o
        recursiveReadOnly 4 s * o #RecursiveReadOnlyMode
        volumeStatus 5 @VolumeStatus * o
        @VolumeNodeAffinity
        required 1 @NodeSelector * o
        @VolumeProjection
        clusterTrustBundle 5 @ClusterTrustBundleProjection * o
        configMap 3 @ConfigMapProjection * o
        downwardAPI 2 @DownwardAPIProjection * o
        podCertificate 6 @PodCertificateProjection * o
        secret 1 @SecretProjection * o
        serviceAccountToken 4 @ServiceAccountTokenProjection * o
        @VolumeResourceRequirements
        limits 1 {q o
        requests 2 {q o
        @VolumeSource
        awsElasticBlockStore 4 @AWSElasticBlockStoreVolumeSource * o
        azureDisk 22 @AzureDiskVolumeSource * o
        azureFile 18 @AzureFileVolumeSource * o
        cephfs 14 @CephFSVolumeSource * o
        cinder 13 @CinderVolumeSource * o
        configMap 19 @ConfigMapVolumeSource * o
        csi 28 @CSIVolumeSource * o
        downwardAPI 16 @DownwardAPIVolumeSource * o
        emptyDir 2 @EmptyDirVolumeSource * o
        ephemeral 29 @EphemeralVolumeSource * o
        fc 17 @FCVolumeSource * o
        flexVolume 12 @FlexVolumeSource * o
        flocker 15 @FlockerVolumeSource * o
        gcePersistentDisk 3 @GCEPersistentDiskVolumeSource * o
        gitRepo 5 @GitRepoVolumeSource * o
        glusterfs 9 @GlusterfsVolumeSource * o
        hostPath 1 @HostPathVolumeSource * o
        image 30 @ImageVolumeSource * o
        iscsi 8 @ISCSIVolumeSource * o
        nfs 7 @NFSVolumeSource * o
        persistentVolumeClaim 10 @PersistentVolumeClaimVolumeSource * o
        photonPersistentDisk 23 @PhotonPersistentDiskVolumeSource * o
        portworxVolume 24 @PortworxVolumeSource * o
        projected 26 @ProjectedVolumeSource * o
        quobyte 21 @QuobyteVolumeSource * o
        rbd 11 @RBDVolumeSource * o
        scaleIO 25 @ScaleIOVolumeSource * o
        secret 6 @SecretVolumeSource * o
        storageos 27 @StorageOSVolumeSource * o
        vsphereVolume 20 @VsphereVirtualDiskVolumeSource * o
        @VolumeStatus
        image 1 @ImageVolumeStatus * o
        @VsphereVirtualDiskVolumeSource
        fsType 2 s o
        storagePolicyID 4 s o
        storagePolicyName 3 s o
        volumePath 1 s !
        @WeightedPodAffinityTerm
        podAffinityTerm 2 @PodAffinityTerm !
        weight 1 i !
        @WindowsSecurityContextOptions
        gmsaCredentialSpec 2 s * o
        gmsaCredentialSpecName 1 s * o
        hostProcess 4 b * o
        runAsUserName 3 s * o
        """#
}
