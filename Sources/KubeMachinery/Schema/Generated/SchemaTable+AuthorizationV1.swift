// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let authorizationV1: StaticString = #"""
        package authorization/v1
        @FieldSelectorAttributes
        rawSelector 1 s o
        requirements 2 [@meta/v1.FieldSelectorRequirement o
        @LabelSelectorAttributes
        rawSelector 1 s o
        requirements 2 [@meta/v1.LabelSelectorRequirement o
        @LocalSubjectAccessReview
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @SubjectAccessReviewSpec !
        status 3 @SubjectAccessReviewStatus o
        @NonResourceAttributes
        path 1 s o
        verb 2 s o
        @NonResourceRule
        nonResourceURLs 2 [s o
        verbs 1 [s !
        @ResourceAttributes
        fieldSelector 8 @FieldSelectorAttributes * o
        group 3 s o
        labelSelector 9 @LabelSelectorAttributes * o
        name 7 s o
        namespace 1 s o
        resource 5 s o
        subresource 6 s o
        verb 2 s o
        version 4 s o
        @ResourceRule
        apiGroups 2 [s o
        resourceNames 4 [s o
        resources 3 [s o
        verbs 1 [s !
        @SelfSubjectAccessReview
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @SelfSubjectAccessReviewSpec !
        status 3 @SubjectAccessReviewStatus o
        @SelfSubjectAccessReviewSpec
        nonResourceAttributes 2 @NonResourceAttributes * o
        resourceAttributes 1 @ResourceAttributes * o
        @SelfSubjectRulesReview
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @SelfSubjectRulesReviewSpec !
        status 3 @SubjectRulesReviewStatus o
        @SelfSubjectRulesReviewSpec
        namespace 1 s o
        @SubjectAccessReview
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @SubjectAccessReviewSpec !
        status 3 @SubjectAccessReviewStatus o
        @SubjectAccessReviewSpec
        extra 5 {[s o
        groups 4 [s o
        nonResourceAttributes 2 @NonResourceAttributes * o
        resourceAttributes 1 @ResourceAttributes * o
        uid 6 s o
        user 3 s o
        @SubjectAccessReviewStatus
        allowed 1 b !
        denied 4 b o
        evaluationError 3 s o
        reason 2 s o
        @SubjectRulesReviewStatus
        evaluationError 4 s o
        incomplete 3 b !
        nonResourceRules 2 [@NonResourceRule !
        resourceRules 1 [@ResourceRule !
        """#
}
