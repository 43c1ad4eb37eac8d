// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let admissionV1: StaticString = #"""
        package admission/v1
        #Operation CONNECT|CREATE|DELETE|UPDATE
        #PatchType JSONPatch
        @AdmissionRequest
        dryRun 11 b * o
        kind 2 @meta/v1.GroupVersionKind
        name 5 s o
        namespace 6 s o
        object 9 * o
        oldObject 10 * o
        operation 7 s #Operation
        options 12 * o
        requestKind 13 @meta/v1.GroupVersionKind * o
        requestResource 14 @meta/v1.GroupVersionResource * o
        requestSubResource 15 s o
        resource 3 @meta/v1.GroupVersionResource
        subResource 4 s o
        uid 1 s
        userInfo 8 @authentication/v1.UserInfo
        @AdmissionResponse
        allowed 2 b
        auditAnnotations 6 {s o
        patch 4 y o
        patchType 5 s * o #PatchType
        status 3 @meta/v1.Status * o
        uid 1 s
        warnings 7 [s o
        @AdmissionReview
        apiVersion 0 s o
        kind 0 s o
        request 1 @AdmissionRequest * o
        response 2 @AdmissionResponse * o
        """#
}
