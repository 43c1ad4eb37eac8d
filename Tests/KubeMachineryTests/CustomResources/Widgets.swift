import KubeModel
import Testing

@testable import KubeMachinery

/// A CustomResourceDefinition and objects of its kind.
enum Widgets {
    static let spec: JSON = [
        "type": "object", "required": ["size"],
        "properties": [
            "size": ["type": "integer", "minimum": 1, "maximum": 10],
            "color": ["type": "string", "enum": ["red", "green"], "default": "red"],
            "note": ["type": "string", "nullable": true, "pattern": "^[a-z ]+$", "maxLength": 8],
            "port": ["x-kubernetes-int-or-string": true],
            "labels": ["type": "object", "additionalProperties": ["type": "string"]],
            "parts": [
                "type": "array", "maxItems": 2, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": [
                    "type": "object", "required": ["name"],
                    "properties": ["name": ["type": "string"], "weight": ["type": "number", "default": 0.5]],
                ],
            ],
            "free": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
            "replicas": ["type": "integer"],
        ],
    ]

    static let schema: JSON = [
        "type": "object",
        "properties": [
            "spec": spec,
            "status": [
                "type": "object", "properties": ["replicas": ["type": "integer"], "selector": ["type": "string"]],
            ],
        ],
    ]

    static let definition: JSON = [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": ["name": "widgets.example.com"],
        "spec": [
            "group": "example.com", "scope": "Namespaced",
            "names": ["plural": "widgets", "kind": "Widget", "shortNames": ["wi"], "categories": ["all"]],
            "versions": [
                [
                    "name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": schema],
                    "subresources": [
                        "status": [:],
                        "scale": [
                            "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
                            "labelSelectorPath": ".status.selector",
                        ],
                    ],
                    "additionalPrinterColumns": [
                        ["name": "Size", "type": "integer", "jsonPath": ".spec.size"],
                        ["name": "Heavy", "type": "number", "jsonPath": ".spec.parts[?(@.name==\"a\")].weight"],
                        ["name": "Since", "type": "date", "jsonPath": ".metadata.creationTimestamp", "priority": 1],
                    ],
                    "selectableFields": [["jsonPath": ".spec.color"]],
                ]
            ],
        ],
    ]

    static func type(_ definition: JSON = definition, version: String = "v1") throws -> ResourceType {
        try #require(CustomResourceDefinition(definition).types.first { $0.version == version })
    }

    static func widget(_ spec: JSON) -> JSON {
        [
            "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "a", "namespace": "shop"],
            "spec": spec,
        ]
    }

    /// `field: message` of every fault of an object that is to be created.
    static func faults(_ object: JSON) throws -> [String] {
        let type = try type()
        var object = try ObjectDecoding.decode(object, as: type).object
        Defaulting.apply(to: &object, type)
        return Validation.validate(new: object, old: nil, type: type).map { "\($0.field): \($0.message)" }
    }
}
