// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let apiextensionsV1: StaticString = #"""
        package apiextensions/v1
        #ConditionStatus False|True|Unknown
        #ConversionStrategyType None|Webhook
        #FieldValueErrorReason FieldValueDuplicate|FieldValueForbidden|FieldValueInvalid|FieldValueRequired
        #ResourceScope Cluster|Namespaced
        @ConversionRequest
        desiredAPIVersion 2 s !
        objects 3 [* !
        uid 1 s !
        @ConversionResponse
        convertedObjects 2 [* !
        result 3 @meta/v1.Status !
        uid 1 s !
        @ConversionReview
        apiVersion 0 s o
        kind 0 s o
        request 1 @ConversionRequest * o
        response 2 @ConversionResponse * o
        @CustomResourceColumnDefinition
        description 4 s o
        format 3 s o
        jsonPath 6 s !
        name 1 s !
        priority 5 i o
        type 2 s !
        @CustomResourceConversion
        strategy 1 s ! #ConversionStrategyType
        webhook 2 @WebhookConversion * o
        @CustomResourceDefinition
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @CustomResourceDefinitionSpec !
        status 3 @CustomResourceDefinitionStatus o
        @CustomResourceDefinitionCondition
        lastTransitionTime 3 t o
        message 5 s o
        observedGeneration 6 l o
        reason 4 s o
        status 2 s ! #ConditionStatus
        type 1 s !
        @CustomResourceDefinitionList
        apiVersion 0 s o
        items 2 [@CustomResourceDefinition !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @CustomResourceDefinitionNames
        categories 6 [s o
        kind 4 s !
        listKind 5 s o
        plural 1 s !
        shortNames 3 [s o
        singular 2 s o
        @CustomResourceDefinitionSpec
        conversion 9 @CustomResourceConversion * o
        group 1 s !
        names 3 @CustomResourceDefinitionNames !
        preserveUnknownFields 10 b o
        scope 4 s ! #ResourceScope
        versions 7 [@CustomResourceDefinitionVersion !
        @CustomResourceDefinitionStatus
        acceptedNames 2 @CustomResourceDefinitionNames
        conditions 1 [@CustomResourceDefinitionCondition k=type
        observedGeneration 4 l o
        storedVersions 3 [s
        @CustomResourceDefinitionVersion
        additionalPrinterColumns 6 [@CustomResourceColumnDefinition o
        deprecated 7 b o
        deprecationWarning 8 s * o
        name 1 s !
        schema 4 @CustomResourceValidation * o
        selectableFields 9 [@SelectableField o
        served 2 b !
        storage 3 b !
        subresources 5 @CustomResourceSubresources * o
        @CustomResourceSubresourceScale
        labelSelectorPath 3 s * o
        specReplicasPath 1 s !
        statusReplicasPath 2 s !
        @CustomResourceSubresources
        scale 2 @CustomResourceSubresourceScale * o
        status 1 * * o
        @CustomResourceValidation
        openAPIV3Schema 1 @JSONSchemaProps * o
        @ExternalDocumentation
        description 1 s o
        url 2 s o
        @JSONSchemaProps
        $ref 3 s * o
        $schema 2 s o
        additionalItems 33 * * o
        additionalProperties 30 * * o
        allOf 25 [@JSONSchemaProps o
        anyOf 27 [@JSONSchemaProps o
        default 8 * * o
        definitions 34 {@JSONSchemaProps o
        dependencies 32 {* o
        description 4 s o
        enum 20 [* o
        example 36 * * o
        exclusiveMaximum 10 b o
        exclusiveMinimum 12 b o
        externalDocs 35 @ExternalDocumentation * o
        format 6 s o
        id 1 s o
        items 24 * * o
        maxItems 16 l * o
        maxLength 13 l * o
        maxProperties 21 l * o
        maximum 9 d * o
        minItems 17 l * o
        minLength 14 l * o
        minProperties 22 l * o
        minimum 11 d * o
        multipleOf 19 d * o
        not 28 @JSONSchemaProps * o
        nullable 37 b o
        oneOf 26 [@JSONSchemaProps o
        pattern 15 s o
        patternProperties 31 {@JSONSchemaProps o
        properties 29 {@JSONSchemaProps o
        required 23 [s o
        title 7 s o
        type 5 s o
        uniqueItems 18 b o
        x-kubernetes-embedded-resource 39 b o
        x-kubernetes-int-or-string 40 b o
        x-kubernetes-list-map-keys 41 [s o
        x-kubernetes-list-type 42 s * o
        x-kubernetes-map-type 43 s * o
        x-kubernetes-preserve-unknown-fields 38 b * o
        x-kubernetes-validations 44 [@ValidationRule o k=rule m p=rule
        @SelectableField
        jsonPath 1 s !
        @ServiceReference
        name 2 s !
        namespace 1 s !
        path 3 s * o
        port 4 i * o
        @ValidationRule
        fieldPath 5 s o
        message 2 s o
        messageExpression 3 s o
        optionalOldSelf 6 b * o
        reason 4 s * o #FieldValueErrorReason
        rule 1 s !
        @WebhookClientConfig
        caBundle 2 y o
        service 1 @ServiceReference * o
        url 3 s * o
        @WebhookConversion
        clientConfig 2 @WebhookClientConfig * o
        conversionReviewVersions 3 [s !
        """#
}
