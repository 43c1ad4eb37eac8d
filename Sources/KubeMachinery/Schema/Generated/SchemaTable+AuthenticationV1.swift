// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let authenticationV1: StaticString = #"""
        package authentication/v1
        @BoundObjectReference
        apiVersion 2 s o
        kind 1 s o
        name 3 s o
        uid 4 s o
        @SelfSubjectReview
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        status 2 @SelfSubjectReviewStatus o
        @SelfSubjectReviewStatus
        userInfo 1 @UserInfo o
        @TokenRequest
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @TokenRequestSpec
        status 3 @TokenRequestStatus o
        @TokenRequestSpec
        audiences 1 [s
        boundObjectRef 3 @BoundObjectReference *
        expirationSeconds 4 l *
        @TokenRequestStatus
        expirationTimestamp 2 t
        token 1 s
        @TokenReview
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @TokenReviewSpec !
        status 3 @TokenReviewStatus o
        @TokenReviewSpec
        audiences 2 [s o
        token 1 s ! o
        @TokenReviewStatus
        audiences 4 [s o
        authenticated 1 b o
        error 3 s o
        user 2 @UserInfo o
        @UserInfo
        extra 4 {[s o
        groups 3 [s o
        uid 2 s o
        username 1 s o
        """#
}
