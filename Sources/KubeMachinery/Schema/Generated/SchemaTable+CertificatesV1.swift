// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let certificatesV1: StaticString = #"""
        package certificates/v1
        @CertificateSigningRequest
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @CertificateSigningRequestSpec !
        status 3 @CertificateSigningRequestStatus o
        @CertificateSigningRequestCondition
        lastTransitionTime 5 t o
        lastUpdateTime 4 t o
        message 3 s o
        reason 2 s o
        status 6 s ! #core/v1.ConditionStatus
        type 1 s !
        @CertificateSigningRequestList
        apiVersion 0 s o
        items 2 [@CertificateSigningRequest !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @CertificateSigningRequestSpec
        expirationSeconds 8 i * o
        extra 6 {[s o
        groups 4 [s o
        request 1 y !
        signerName 7 s !
        uid 3 s o
        usages 5 [s o
        username 2 s o
        @CertificateSigningRequestStatus
        certificate 2 y o
        conditions 1 [@CertificateSigningRequestCondition o k=type
        """#
}
