// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let flowcontrolV1: StaticString = #"""
        package flowcontrol/v1
        #ConditionStatus False|True|Unknown
        #FlowDistinguisherMethodType ByNamespace|ByUser
        #LimitResponseType Queue|Reject
        #PriorityLevelEnablement Exempt|Limited
        #SubjectKind Group|ServiceAccount|User
        @ExemptPriorityLevelConfiguration
        lendablePercent 2 i * o
        nominalConcurrencyShares 1 i * o
        @FlowDistinguisherMethod
        type 1 s ! #FlowDistinguisherMethodType
        @FlowSchema
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @FlowSchemaSpec o
        status 3 @FlowSchemaStatus o
        @FlowSchemaCondition
        lastTransitionTime 3 t o
        message 5 s o
        reason 4 s o
        status 2 s o #ConditionStatus
        type 1 s o
        @FlowSchemaList
        apiVersion 0 s o
        items 2 [@FlowSchema !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @FlowSchemaSpec
        distinguisherMethod 3 @FlowDistinguisherMethod * o
        matchingPrecedence 2 i
        priorityLevelConfiguration 1 @PriorityLevelConfigurationReference !
        rules 4 [@PolicyRulesWithSubjects o
        @FlowSchemaStatus
        conditions 1 [@FlowSchemaCondition o k=type m p=type
        @GroupSubject
        name 1 s !
        @LimitResponse
        queuing 2 @QueuingConfiguration * o
        type 1 s ! #LimitResponseType
        @LimitedPriorityLevelConfiguration
        borrowingLimitPercent 4 i * o
        lendablePercent 3 i * o
        limitResponse 2 @LimitResponse o
        nominalConcurrencyShares 1 i *
        @NonResourcePolicyRule
        nonResourceURLs 6 [s ! s
        verbs 1 [s ! s
        @PolicyRulesWithSubjects
        nonResourceRules 3 [@NonResourcePolicyRule o
        resourceRules 2 [@ResourcePolicyRule o
        subjects 1 [@Subject !
        @PriorityLevelConfiguration
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @PriorityLevelConfigurationSpec o
        status 3 @PriorityLevelConfigurationStatus o
        @PriorityLevelConfigurationCondition
        lastTransitionTime 3 t o
        message 5 s o
        reason 4 s o
        status 2 s o #ConditionStatus
        type 1 s o
        @PriorityLevelConfigurationList
        apiVersion 0 s o
        items 2 [@PriorityLevelConfiguration !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @PriorityLevelConfigurationReference
        name 1 s !
        @PriorityLevelConfigurationSpec
        exempt 3 @ExemptPriorityLevelConfiguration * o
        limited 2 @LimitedPriorityLevelConfiguration * o
        type 1 s ! #PriorityLevelEnablement
        @PriorityLevelConfigurationStatus
        conditions 1 [@PriorityLevelConfigurationCondition o k=type m p=type
        @QueuingConfiguration
        handSize 2 i
        queueLengthLimit 3 i
        queues 1 i
        @ResourcePolicyRule
        apiGroups 2 [s ! s
        clusterScope 4 b o
        namespaces 5 [s s
        resources 3 [s ! s
        verbs 1 [s ! s
        @ServiceAccountSubject
        name 2 s !
        namespace 1 s !
        @Subject
        group 3 @GroupSubject * o
        kind 1 s ! #SubjectKind
        serviceAccount 4 @ServiceAccountSubject * o
        user 2 @UserSubject * o
        @UserSubject
        name 1 s !
        """#
}
