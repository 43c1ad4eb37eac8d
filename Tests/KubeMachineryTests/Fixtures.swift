import KubeModel
import Testing

@testable import KubeMachinery

/// Objects as clients send them, and the way they go through the machinery.
enum Fixtures {
    static func type(_ word: String) throws -> ResourceType { try #require(Registry.builtIn.type(named: word)) }

    static func decoded(_ word: String, _ json: JSON, _ validation: FieldValidation = .strict) throws -> JSON {
        try ObjectDecoding.decode(json, as: type(word), fieldValidation: validation).object
    }

    /// Decoded, defaulted and prepared for creation.
    static func created(_ word: String, _ json: JSON) throws -> JSON {
        var object = try decoded(word, json)
        Defaulting.apply(to: &object, try type(word))
        return Mutability.prepareForCreate(object, type: try type(word))
    }

    /// Decoded, defaulted and prepared as an update of an object.
    static func updated(_ word: String, _ json: JSON, from old: JSON, _ subresource: String? = nil) throws -> JSON {
        var object = try decoded(word, json)
        Defaulting.apply(to: &object, try type(word))
        return Mutability.prepareForUpdate(new: object, old: old, type: try type(word), subresource: subresource)
    }

    private static func text(_ causes: [KubeStatus.Cause]) -> [String] { causes.map { "\($0.field): \($0.message)" } }

    /// `field: message` of every fault of an object that is to be created.
    static func faults(_ word: String, _ json: JSON) throws -> [String] {
        text(Validation.validate(new: try created(word, json), old: nil, type: try type(word)))
    }

    /// `field: message` of every fault of an update.
    static func faults(_ word: String, _ json: JSON, from old: JSON) throws -> [String] {
        let before = try created(word, old)
        let after = try updated(word, json, from: before)
        return text(Validation.validate(new: after, old: before, type: try type(word)))
    }

    static func object(_ name: String, _ members: (String, JSON)..., namespace: String? = "default") -> JSON {
        var metadata: JSONObject = ["name": .string(name)]
        if let namespace { metadata["namespace"] = .string(namespace) }
        return .object(JSONObject([("metadata", .object(metadata))] + members))
    }

    static let container: JSON = ["name": "web", "image": "nginx:1.14.2"]

    static func pod(_ container: JSON = container, _ spec: (String, JSON)...) -> JSON {
        object("p", ("spec", .object(JSONObject([("containers", [container])] + spec))))
    }

    static func deployment(_ spec: (String, JSON)...) -> JSON {
        let template: JSON = ["metadata": ["labels": ["app": "web"]], "spec": ["containers": [container]]]
        let selector: JSON = ["matchLabels": ["app": "web"]]
        return object(
            "web", ("spec", .object(JSONObject([("selector", selector), ("template", template)] + spec))))
    }

    static func service(_ spec: (String, JSON)...) -> JSON {
        object("svc", ("spec", .object(JSONObject([("ports", [["port": 80]]), ("selector", ["app": "web"])] + spec))))
    }

    /// A pod whose only mount names no volume.
    static let podWithUnnamedMount: JSON = [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": ["labels": ["app": "nginx"], "name": "nginx-5f78746595", "namespace": "default"],
        "spec": [
            "containers": [
                [
                    "image": "nginx", "name": "nginx",
                    "ports": [["containerPort": 8080, "name": "http", "protocol": "TCP"]],
                    "volumeMounts": [["mountPath": "/var/log/"]],
                ]
            ],
            "volumes": [["emptyDir": [:], "name": "logs"]],
        ],
    ]
}
