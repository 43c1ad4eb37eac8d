// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let metaV1: StaticString = #"""
        package meta/v1
        #ConditionStatus False|True|Unknown
        #DeletionPropagation Background|Foreground|Orphan
        #FieldSelectorOperator DoesNotExist|Exists|In|NotIn
        #IncludeObjectPolicy Metadata|None|Object
        #LabelSelectorOperator DoesNotExist|Exists|In|NotIn
        #ResourceVersionMatch Exact|NotOlderThan
        @APIGroup
        apiVersion 0 s o
        kind 0 s o
        name 1 s !
        preferredVersion 3 @GroupVersionForDiscovery o
        serverAddressByClientCIDRs 4 [@ServerAddressByClientCIDR o
        versions 2 [@GroupVersionForDiscovery !
        @APIGroupList
        apiVersion 0 s o
        groups 1 [@APIGroup !
        kind 0 s o
        @APIResource
        categories 7 [s o
        group 8 s o
        kind 3 s !
        name 1 s !
        namespaced 2 b !
        shortNames 5 [s o
        singularName 6 s !
        storageVersionHash 10 s o
        verbs 4 [s !
        version 9 s o
        @APIResourceList
        apiVersion 0 s o
        groupVersion 1 s !
        kind 0 s o
        resources 2 [@APIResource !
        @APIVersions
        apiVersion 0 s o
        kind 0 s o
        serverAddressByClientCIDRs 2 [@ServerAddressByClientCIDR !
        versions 1 [s !
        @ApplyOptions
        apiVersion 0 s o
        dryRun 1 [s o
        fieldManager 3 s !
        force 2 b !
        kind 0 s o
        @Condition
        lastTransitionTime 4 t !
        message 6 s !
        observedGeneration 3 l o
        reason 5 s !
        status 2 s ! #ConditionStatus
        type 1 s !
        @CreateOptions
        apiVersion 0 s o
        dryRun 1 [s o
        fieldManager 3 s o
        fieldValidation 4 s o
        kind 0 s o
        @DeleteOptions
        apiVersion 0 s o
        dryRun 5 [s o
        gracePeriodSeconds 1 l * o
        ignoreStoreReadErrorWithClusterBreakingPotential 6 b * o
        kind 0 s o
        orphanDependents 3 b * o
        preconditions 2 @Preconditions * o
        propagationPolicy 4 s * o #DeletionPropagation
        @FieldSelectorRequirement
        key 1 s !
        operator 2 s ! #FieldSelectorOperator
        values 3 [s o
        @GetOptions
        apiVersion 0 s o
        kind 0 s o
        resourceVersion 1 s o
        @GroupVersionForDiscovery
        groupVersion 1 s !
        version 2 s !
        @GroupVersionKind
        group 1 s !
        kind 3 s !
        version 2 s !
        @GroupVersionResource
        group 1 s !
        resource 3 s !
        version 2 s !
        @LabelSelector
        matchExpressions 2 [@LabelSelectorRequirement o
        matchLabels 1 {s o
        @LabelSelectorRequirement
        key 1 s !
        operator 2 s ! #LabelSelectorOperator
        values 3 [s o
        @List
        apiVersion 0 s o
        items 2 [* !
        kind 0 s o
        metadata 1 @ListMeta o
        @ListMeta
        continue 3 s o
        remainingItemCount 4 l * o
        resourceVersion 2 s o
        selfLink 1 s o
        shardInfo 5 @ShardInfo * o
        @ListOptions
        allowWatchBookmarks 9 b o
        apiVersion 0 s o
        continue 8 s o
        fieldSelector 2 s o
        kind 0 s o
        labelSelector 1 s o
        limit 7 l o
        resourceVersion 4 s o
        resourceVersionMatch 10 s o #ResourceVersionMatch
        sendInitialEvents 11 b * o
        shardSelector 15 s o
        timeoutSeconds 5 l * o
        watch 3 b o
        @ManagedFieldsEntry
        apiVersion 3 s o
        fieldsType 6 s o
        fieldsV1 7 * * o
        manager 1 s o
        operation 2 s o
        subresource 8 s o
        time 4 t * o
        @ObjectMeta
        annotations 12 {s o
        creationTimestamp 8 t o
        deletionGracePeriodSeconds 10 l * o
        deletionTimestamp 9 t * o
        finalizers 14 [s o s m
        generateName 2 s o
        generation 7 l o
        labels 11 {s o
        managedFields 17 [@ManagedFieldsEntry o
        name 1 s o
        namespace 3 s o
        ownerReferences 13 [@OwnerReference o k=uid m p=uid
        resourceVersion 6 s o
        selfLink 4 s o
        uid 5 s o
        @OwnerReference
        apiVersion 5 s !
        blockOwnerDeletion 7 b * o
        controller 6 b * o
        kind 1 s !
        name 3 s !
        uid 4 s !
        @PartialObjectMetadata
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @ObjectMeta o
        @PartialObjectMetadataList
        apiVersion 0 s o
        items 2 [@PartialObjectMetadata !
        kind 0 s o
        metadata 1 @ListMeta o
        @PatchOptions
        apiVersion 0 s o
        dryRun 1 [s o
        fieldManager 3 s o
        fieldValidation 4 s o
        force 2 b * o
        kind 0 s o
        @Preconditions
        resourceVersion 2 s * o
        uid 1 s * o
        @RootPaths
        paths 1 [s !
        @ServerAddressByClientCIDR
        clientCIDR 1 s !
        serverAddress 2 s !
        @ShardInfo
        selector 1 s !
        @Status
        apiVersion 0 s o
        code 6 i o
        details 5 @StatusDetails * o
        kind 0 s o
        message 3 s o
        metadata 1 @ListMeta o
        reason 4 s o
        status 2 s o
        @StatusCause
        field 3 s o
        message 2 s o
        reason 1 s o
        @StatusDetails
        causes 4 [@StatusCause o
        group 2 s o
        kind 3 s o
        name 1 s o
        retryAfterSeconds 5 i o
        uid 6 s o
        @Table
        apiVersion 0 s o
        columnDefinitions 0 [@TableColumnDefinition !
        kind 0 s o
        metadata 0 @ListMeta o
        rows 0 [@TableRow !
        @TableColumnDefinition
        description 0 s !
        format 0 s !
        name 0 s !
        priority 0 i !
        type 0 s !
        @TableOptions
        - 0 b !
        apiVersion 0 s o
        includeObject 1 s o #IncludeObjectPolicy
        kind 0 s o
        @TableRow
        conditions 0 [@TableRowCondition o
        object 0 * o
        @TableRowCondition
        message 0 s o
        reason 0 s o
        status 0 s ! #ConditionStatus
        type 0 s !
        @TypeMeta
        apiVersion 2 s o
        kind 1 s o
        @UpdateOptions
        apiVersion 0 s o
        dryRun 1 [s o
        fieldManager 2 s o
        fieldValidation 3 s o
        kind 0 s o
        """#
}
