// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
/// The API's types as text, one table for each package; `Schema.Parser` states the format.
enum SchemaTable {
    static let all: [StaticString] = [
        admissionV1,
        admissionregistrationV1,
        apidiscoveryV2,
        apiextensionsV1,
        appsV1,
        authenticationV1,
        authorizationV1,
        autoscalingV1,
        autoscalingV2,
        batchV1,
        certificatesV1,
        coordinationV1,
        coreV1,
        discoveryV1,
        eventsV1,
        flowcontrolV1,
        metaV1,
        metricsV1beta1,
        networkingV1,
        nodeV1,
        policyV1,
        rbacV1,
        resourceV1,
        schedulingV1,
        storageV1,
    ]
}
