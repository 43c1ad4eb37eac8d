// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let admissionregistrationV1: StaticString = #"""
        package admissionregistration/v1
        #FailurePolicyType Fail|Ignore
        #MatchPolicyType Equivalent|Exact
        #OperationType *|CONNECT|CREATE|DELETE|UPDATE
        #ParameterNotFoundActionType Allow|Deny
        #PatchType ApplyConfiguration|JSONPatch
        #ReinvocationPolicyType IfNeeded|Never
        #ScopeType *|Cluster|Namespaced
        #SideEffectClass None|NoneOnDryRun|Some|Unknown
        #ValidationAction Audit|Deny|Warn
        @ApplyConfiguration
        expression 1 s o
        @AuditAnnotation
        key 1 s !
        valueExpression 2 s !
        @ExpressionWarning
        fieldRef 2 s !
        warning 3 s !
        @JSONPatch
        expression 1 s o
        @MatchCondition
        expression 2 s !
        name 1 s !
        @MatchResources
        excludeResourceRules 4 [@NamedRuleWithOperations o
        matchPolicy 7 s * o #MatchPolicyType
        namespaceSelector 1 @meta/v1.LabelSelector * o
        objectSelector 2 @meta/v1.LabelSelector * o
        resourceRules 3 [@NamedRuleWithOperations o
        @MutatingAdmissionPolicy
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @MutatingAdmissionPolicySpec o
        @MutatingAdmissionPolicyBinding
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @MutatingAdmissionPolicyBindingSpec o
        @MutatingAdmissionPolicyBindingList
        apiVersion 0 s o
        items 2 [@MutatingAdmissionPolicyBinding !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @MutatingAdmissionPolicyBindingSpec
        matchResources 3 @MatchResources * o
        paramRef 2 @ParamRef * o
        policyName 1 s o
        @MutatingAdmissionPolicyList
        apiVersion 0 s o
        items 2 [@MutatingAdmissionPolicy !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @MutatingAdmissionPolicySpec
        failurePolicy 5 s * o #FailurePolicyType
        matchConditions 6 [@MatchCondition o k=name m p=name
        matchConstraints 2 @MatchResources * o
        mutations 4 [@Mutation o
        paramKind 1 @ParamKind * o
        reinvocationPolicy 7 s o #ReinvocationPolicyType
        variables 3 [@Variable o
        @MutatingWebhook
        admissionReviewVersions 8 [s !
        clientConfig 2 @WebhookClientConfig !
        failurePolicy 4 s * o #FailurePolicyType
        matchConditions 12 [@MatchCondition o k=name m p=name
        matchPolicy 9 s * o #MatchPolicyType
        name 1 s !
        namespaceSelector 5 @meta/v1.LabelSelector * o
        objectSelector 11 @meta/v1.LabelSelector * o
        reinvocationPolicy 10 s * o #ReinvocationPolicyType
        rules 3 [@RuleWithOperations o
        sideEffects 6 s ! * #SideEffectClass
        timeoutSeconds 7 i * o
        @MutatingWebhookConfiguration
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        webhooks 2 [@MutatingWebhook o k=name m p=name
        @MutatingWebhookConfigurationList
        apiVersion 0 s o
        items 2 [@MutatingWebhookConfiguration !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @Mutation
        applyConfiguration 3 @ApplyConfiguration * o
        jsonPatch 4 @JSONPatch * o
        patchType 2 s ! #PatchType
        @NamedRuleWithOperations
        +2 RuleWithOperations
        apiGroups 0 [s o
        apiVersions 0 [s o
        operations 0 [s o #OperationType
        resourceNames 1 [s o
        resources 0 [s o
        scope 0 s * o #ScopeType
        @ParamKind
        apiVersion 1 s o
        kind 2 s o
        @ParamRef
        name 1 s o
        namespace 2 s o
        parameterNotFoundAction 4 s * o #ParameterNotFoundActionType
        selector 3 @meta/v1.LabelSelector * o
        @Rule
        apiGroups 1 [s o
        apiVersions 2 [s o
        resources 3 [s o
        scope 4 s * o #ScopeType
        @RuleWithOperations
        +2 Rule
        apiGroups 0 [s o
        apiVersions 0 [s o
        operations 1 [s o #OperationType
        resources 0 [s o
        scope 0 s * o #ScopeType
        @ServiceReference
        name 2 s !
        namespace 1 s !
        path 3 s * o
        port 4 i * o
        @TypeChecking
        expressionWarnings 1 [@ExpressionWarning o
        @ValidatingAdmissionPolicy
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ValidatingAdmissionPolicySpec o
        status 3 @ValidatingAdmissionPolicyStatus o
        @ValidatingAdmissionPolicyBinding
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @ValidatingAdmissionPolicyBindingSpec ! o
        @ValidatingAdmissionPolicyBindingList
        apiVersion 0 s o
        items 2 [@ValidatingAdmissionPolicyBinding !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ValidatingAdmissionPolicyBindingSpec
        matchResources 3 @MatchResources * o
        paramRef 2 @ParamRef * o
        policyName 1 s ! o
        validationActions 4 [s ! o #ValidationAction s
        @ValidatingAdmissionPolicyList
        apiVersion 0 s o
        items 2 [@ValidatingAdmissionPolicy !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @ValidatingAdmissionPolicySpec
        auditAnnotations 5 [@AuditAnnotation o
        failurePolicy 4 s * o #FailurePolicyType
        matchConditions 6 [@MatchCondition o k=name m p=name
        matchConstraints 2 @MatchResources * o
        paramKind 1 @ParamKind * o
        validations 3 [@Validation o
        variables 7 [@Variable o k=name m p=name
        @ValidatingAdmissionPolicyStatus
        conditions 3 [@meta/v1.Condition o k=type
        observedGeneration 1 l o
        typeChecking 2 @TypeChecking * o
        @ValidatingWebhook
        admissionReviewVersions 8 [s !
        clientConfig 2 @WebhookClientConfig !
        failurePolicy 4 s * o #FailurePolicyType
        matchConditions 11 [@MatchCondition o k=name m p=name
        matchPolicy 9 s * o #MatchPolicyType
        name 1 s !
        namespaceSelector 5 @meta/v1.LabelSelector * o
        objectSelector 10 @meta/v1.LabelSelector * o
        rules 3 [@RuleWithOperations o
        sideEffects 6 s ! * #SideEffectClass
        timeoutSeconds 7 i * o
        @ValidatingWebhookConfiguration
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        webhooks 2 [@ValidatingWebhook o k=name m p=name
        @ValidatingWebhookConfigurationList
        apiVersion 0 s o
        items 2 [@ValidatingWebhookConfiguration !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @Validation
        expression 1 s !
        message 2 s o
        messageExpression 4 s o
        reason 3 s * o
        @Variable
        expression 2 s !
        name 1 s !
        @WebhookClientConfig
        caBundle 2 y o
        service 1 @ServiceReference * o
        url 3 s * o
        """#
}
