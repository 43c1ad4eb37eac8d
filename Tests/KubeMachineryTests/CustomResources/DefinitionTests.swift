import KubeModel
import Testing

@testable import KubeMachinery

@Suite("CustomResourceDefinitions")
struct DefinitionTests {
    private static func faults(_ change: (inout JSON) -> Void) throws -> [String] {
        var definition = Widgets.definition
        change(&definition)
        return try Fixtures.faults("crd", definition)
    }

    /// The fields that are at fault when the only version's schema is this one.
    private static func faults(ofSchema schema: JSON) throws -> [String] {
        let root = "spec.versions[0].schema.openAPIV3Schema"
        return try faults { definition in
            var version = definition.array("spec", "versions")[0]
            version["schema"] = ["openAPIV3Schema": ["type": "object", "properties": ["spec": schema]]]
            definition[["spec", "versions"]] = [version]
        }.map { $0.replacing("\(root).properties[spec].", with: "").replacing("\(root).", with: "") }
    }

    @Test("a definition is completed: names, conversion, finalizer, stored versions")
    func completion() throws {
        let made = try Fixtures.created("crd", Widgets.definition)
        #expect(try Fixtures.faults("crd", Widgets.definition) == [])
        #expect(made.string("spec", "names", "singular") == "widget")
        #expect(made.string("spec", "names", "listKind") == "WidgetList")
        #expect(made.string("spec", "conversion", "strategy") == "None")
        #expect(made["metadata"]?["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"])
        #expect(made["status"]?["storedVersions"] == ["v1"])
        #expect(made.int("metadata", "generation") == 1)
    }

    @Test("the name is the plural with the group, and the group a domain that is not Purser's own")
    func names() throws {
        #expect(
            try Self.faults { $0[["metadata", "name"]] = "x.example.com" }
                == ["metadata.name: Invalid value: \"x.example.com\": must be spec.names.plural+\".\"+spec.group"])
        let own = try Self.faults {
            $0[["spec", "group"]] = "discovery.k8s.io"
            $0[["metadata", "name"]] = "widgets.discovery.k8s.io"
        }
        #expect(
            own.map { String($0.prefix { $0 != ":" }) } == [
                "metadata.annotations[api-approved.kubernetes.io]", "spec.group",
            ])
        #expect(
            try Self.faults { $0[["spec", "scope"]] = "Galaxy" }.first?.hasPrefix("spec.scope: Unsupported") == true)
        let kind = try Self.faults { $0[["spec", "names", "kind"]] = "no_kind" }
        #expect(
            kind.map { String($0.prefix { $0 != ":" }) } == [
                "spec.names.singular", "spec.names.kind", "spec.names.listKind",
            ])
    }

    @Test("exactly one version is stored, each has a name of its own and a schema; webhooks are refused")
    func versions() throws {
        let two = try Self.faults {
            let version = $0.array("spec", "versions")[0]
            $0[["spec", "versions"]] = [version, version]
        }
        #expect(
            two == [
                "spec.versions: Invalid value: [\"v1\",\"v1\"]: must have exactly one version marked as storage version",
                "spec.versions[1].name: Duplicate value: \"v1\"",
            ])
        let bare = try Self.faults { $0[["spec", "versions"]] = [["name": "v1", "served": true, "storage": true]] }
        #expect(bare == ["spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required"])
        let webhook = try Self.faults { $0[["spec", "conversion"]] = ["strategy": "Webhook"] }
        #expect(
            webhook.first?.hasPrefix("spec.conversion.strategy: Invalid value: \"Webhook\": Purser calls no") == true)
    }

    @Test(
        "schemas must be structural",
        arguments: [
            (["type": "string"], []),
            (["x-kubernetes-int-or-string": true, "anyOf": [["type": "integer"], ["type": "string"]]], []),
            (["description": "no type"], ["type: Required value: must not be empty for specified fields"]),
            (["type": "array"], ["items: Required value: must be specified"]),
            (["type": "string", "$ref": "#/x"], ["$ref: Forbidden: $ref is not supported in a structural schema"]),
            (
                [
                    "type": "object", "properties": ["a": ["type": "string"]],
                    "additionalProperties": ["type": "string"],
                ],
                ["additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"]
            ),
            (
                ["type": "string", "allOf": [["default": "x"]]],
                ["allOf[0].default: Forbidden: must be undefined to be structural"]
            ),
            (
                ["type": "integer", "default": "x"],
                [
                    #"default: Invalid value: "string": spec.versions[0].schema.openAPIV3Schema.properties[spec].default in "#
                        + #"body must be of type integer: "string""#
                ]
            ),
            (
                ["type": "string", "pattern": "("],
                [#"pattern: Invalid value: "(": must be a valid regular expression"#]
            ),
        ] as [(JSON, [String])])
    func structure(schema: JSON, expected: [String]) throws {
        let found = try Self.faults(ofSchema: schema)
        #expect(
            found
                == expected.map { $0.replacing("spec.versions[0].schema.openAPIV3Schema.properties[spec].", with: "") })
    }

    @Test("kind and scope are fixed once the definition is established, and versions in storage may not go")
    func changes() throws {
        var old = try Fixtures.created("crd", Widgets.definition)
        let type = try Fixtures.type("crd")
        func faults(_ change: (inout JSON) -> Void) -> [String] {
            var new = old
            change(&new)
            new = Mutability.prepareForUpdate(new: new, old: old, type: type)
            return Validation.validate(new: new, old: old, type: type).map(\.field)
        }
        #expect(faults { $0[["spec", "names", "kind"]] = "Gadget" } == [])
        old[["status", "conditions"]] = [["type": "Established", "status": "True"]]
        #expect(faults { $0[["spec", "names", "kind"]] = "Gadget" } == ["spec.names.kind"])
        #expect(faults { $0[["spec", "scope"]] = "Cluster" } == ["spec.scope"])
        #expect(
            faults {
                var version = $0.array("spec", "versions")[0]
                version["name"] = "v2"
                $0[["spec", "versions"]] = [version]
            } == ["status.storedVersions[0]"])
    }

    @Test("rules that are not evaluated are told of")
    func expressions() throws {
        #expect(CustomResourceDefinition(Widgets.definition).warnings == [])
        var definition = Widgets.definition
        var version = definition.array("spec", "versions")[0]
        version[["schema", "openAPIV3Schema", "properties", "spec", "x-kubernetes-validations"]] = [
            ["rule": "self.size > 1"]
        ]
        definition[["spec", "versions"]] = [version]
        #expect(try Fixtures.faults("crd", definition) == [])
        #expect(CustomResourceDefinition(definition).warnings.count == 1)
    }
}
