import KubeModel
import Testing

@testable import KubeMachinery

@Suite("Custom resources")
struct CustomResourceTests {
    @Test("unknown fields are dropped and named, strictly they are refused, and what is preserved stays")
    func pruning() throws {
        let type = try Widgets.type()
        let object = Widgets.widget([
            "size": 1, "sise": 2, "free": ["a": ["b": 1]], "labels": ["x": "y"],
            "parts": [["name": "a", "extra": true]],
        ])
        let (decoded, warnings) = try ObjectDecoding.decode(object, as: type, fieldValidation: .warn)
        #expect(
            decoded["spec"] == [
                "size": 1, "free": ["a": ["b": 1]], "labels": ["x": "y"], "parts": [["name": "a"]],
            ])
        #expect(warnings == ["unknown field \"spec.parts[0].extra\"", "unknown field \"spec.sise\""])
        #expect(throws: KubeStatus.self) { try ObjectDecoding.decode(object, as: type, fieldValidation: .strict) }
        #expect(try ObjectDecoding.decode(object, as: type, fieldValidation: .ignore).warnings == [])
    }

    @Test("defaults fill what is absent, at every depth, and what is null though it may not be")
    func defaults() throws {
        let type = try Widgets.type()
        var object = Widgets.widget(["size": 1, "color": .null, "note": .null, "parts": [["name": "a"]]])
        Defaulting.apply(to: &object, type)
        #expect(
            object["spec"] == [
                "size": 1, "color": "red", "note": .null, "parts": [["name": "a", "weight": 0.5]],
            ])
    }

    @Test(
        "values that break the schema are refused in Kubernetes' words",
        arguments: [
            (["size": 1, "port": 80], []),
            (["size": 1, "port": "http", "note": .null], []),
            ([:], ["spec.size: Required value"]),
            (
                ["size": "big"],
                [#"spec.size: Invalid value: "string": spec.size in body must be of type integer: "string""#]
            ),
            (["size": 0], ["spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"]),
            (["size": 11], ["spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10"]),
            (
                ["size": 1, "color": "blue"],
                [#"spec.color: Unsupported value: "blue": supported values: "red", "green""#]
            ),
            (
                ["size": 1, "note": "ab1"],
                [#"spec.note: Invalid value: "ab1": spec.note in body should match '^[a-z ]+$'"#]
            ),
            (["size": 1, "note": "much too long"], ["spec.note: Too long: may not be more than 8 bytes"]),
            (
                ["size": 1, "port": true],
                [#"spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean""#]
            ),
            (
                ["size": 1, "parts": [["name": "a"], ["name": "a"]]],
                [#"spec.parts[1]: Duplicate value: {"name":"a"}"#]
            ),
            (
                ["size": 1, "labels": ["a": 1]],
                [
                    #"spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer""#
                ]
            ),
        ] as [(JSON, [String])])
    func validation(spec: JSON, expected: [String]) throws {
        #expect(try Widgets.faults(Widgets.widget(spec)) == expected)
    }

    @Test(
        "combinations of schemas, multiples and formats are checked",
        arguments: [
            (["oneOf": [["required": ["a"]], ["required": ["b"]]]], ["a": 1], true),
            (["oneOf": [["required": ["a"]], ["required": ["b"]]]], ["a": 1, "b": 1], false),
            (["anyOf": [["minimum": 5], ["multipleOf": 2]]], 2, true),
            (["anyOf": [["minimum": 5], ["multipleOf": 2]]], 3, false),
            (["allOf": [["minimum": 5], ["exclusiveMaximum": true, "maximum": 6]]], 6, false),
            (["not": ["enum": ["x"]]], "x", false),
            (["type": "string", "format": "ipv4"], "10.0.0.1", true),
            (["type": "string", "format": "ipv4"], "10.0.0", false),
            (["type": "string", "format": "date-time"], "2026-01-02T03:04:05Z", true),
            (["type": "string", "format": "date-time"], "yesterday", false),
            (["type": "string", "format": "duration"], "1h30m", true),
            (["type": "string", "format": "duration"], "soon", false),
            (["type": "string", "format": "uuid"], "123e4567-e89b-12d3-a456-426614174000", true),
            (["type": "string", "format": "uuid"], "123e4567", false),
            (["type": "string", "format": "whatever"], "anything", true),
            (["type": "integer", "format": "int32"], 3_000_000_000, false),
            (["type": "number"], 1.5, true),
            (["type": "integer"], 1.5, false),
            (["type": "array", "x-kubernetes-list-type": "set", "items": ["type": "string"]], ["a", "a"], false),
            (["type": "object", "minProperties": 1], [:], false),
            (["type": "string", "pattern": "b"], "abc", true),
            (["type": "string", "pattern": "^a$"], "a\n", false),
        ] as [(JSON, JSON, Bool)])
    func values(schema: JSON, value: JSON, isRight: Bool) {
        var faults = Faults()
        StructuralSchema(schema).validate(value, &faults)
        #expect(faults.isEmpty == isRight, "\(faults.causes)")
    }

    @Test("status is the status subresource's, and the generation counts what is asked for")
    func mutability() throws {
        let type = try Widgets.type()
        var object = Widgets.widget(["size": 1])
        object["status"] = ["replicas": 3]
        let made = Mutability.prepareForCreate(object, type: type)
        #expect(made["status"] == nil)
        #expect(made.int("metadata", "generation") == 1)
        var observed = made
        observed["status"] = ["replicas": 2]
        let status = Mutability.prepareForUpdate(new: observed, old: made, type: type, subresource: "status")
        #expect(status["status"] == ["replicas": 2])
        #expect(status.int("metadata", "generation") == 1)
        var asked = status
        asked[["spec", "size"]] = 2
        asked["status"] = nil
        let changed = Mutability.prepareForUpdate(new: asked, old: status, type: type)
        #expect(changed["status"] == ["replicas": 2])
        #expect(changed.int("metadata", "generation") == 2)
    }

    @Test("the scale is read from and written to the paths that the definition names")
    func scale() throws {
        let type = try Widgets.type()
        var object = Widgets.widget(["size": 1, "replicas": 4])
        object["status"] = ["replicas": 3, "selector": "app=a"]
        let scale = Scale.of(object, at: type.custom?.scale)
        #expect(scale["spec"] == ["replicas": 4])
        #expect(scale["status"] == ["replicas": 3, "selector": "app=a"])
        #expect(Scale.apply(["spec": ["replicas": 7]], to: object, at: type.custom?.scale).int("spec", "replicas") == 7)
    }

    @Test("tables have the definition's columns; what is absent or of another type is null")
    func table() throws {
        let type = try Widgets.type()
        var object = Widgets.widget(["size": 3, "parts": [["name": "b", "weight": 1], ["name": "a", "weight": 2.5]]])
        object[["metadata", "creationTimestamp"]] = "2026-01-01T00:00:00Z"
        let now = try #require(Timestamp(rfc3339: "2026-01-01T00:01:30Z"))
        let table = Table.render(objects: [object, Widgets.widget(["size": "x"])], type: type, now: now)
        #expect(table.array("columnDefinitions").map { $0.string("name") } == ["Name", "Size", "Heavy", "Since"])
        #expect(table.array("columnDefinitions").map { $0.string("type") } == ["string", "integer", "number", "date"])
        #expect(table.array("columnDefinitions").map { $0.int("priority") } == [0, 0, 0, 1])
        #expect(table.array("rows").map { $0["cells"] } == [["a", 3, 2.5, "90s"], ["a", .null, .null, .null]])
    }

    @Test(
        "queries follow members, elements, filters and quoted names",
        arguments: [
            (".a.b", ["1"]), (".list[1]", ["\"y\""]), (".list[*]", ["\"x\"", "\"y\""]), (".list[-1]", ["\"y\""]),
            (".m['x.y/z']", ["2"]), (".m.x\\.y/z", ["2"]), (".c[?(@.type==\"Ready\")].status", ["\"True\""]),
            (".none.b", []), ("a.b", nil), (".c[?(type)]", nil), (".a[", nil),
        ] as [(String, [String]?)])
    func queries(text: String, expected: [String]?) {
        let object: JSON = [
            "a": ["b": 1], "list": ["x", "y"], "m": ["x.y/z": 2],
            "c": [["type": "Stale", "status": "False"], ["type": "Ready", "status": "True"]],
        ]
        #expect(FieldQuery(text).map { $0.values(in: object).map(\.canonicalText) } == expected)
    }

    @Test("a strategic merge patch is refused with 415, the others are applied")
    func patches() throws {
        let type = try Widgets.type()
        let object = Widgets.widget(["size": 1])
        let patch: JSON = ["spec": ["size": 2]]
        #expect(try Patch.apply(.merge, patch, to: object, type: type).int("spec", "size") == 2)
        do {
            _ = try Patch.apply(.strategicMerge, patch, to: object, type: type)
            Issue.record("it was applied")
        } catch { #expect(error.code == 415) }
    }

    @Test("every served version is a kind of its own, the preferred first, stored objects shown in what is asked for")
    func versions() throws {
        var definition = Widgets.definition
        var versions = definition.array("spec", "versions")
        for (name, served) in [("v1beta1", true), ("v2", true), ("v1alpha1", false)] {
            var version = versions[0]
            (version["name"], version["storage"], version["served"]) = (.string(name), false, .bool(served))
            versions.append(version)
        }
        definition[["spec", "versions"]] = .array(versions)
        let types = CustomResourceDefinition(definition).types
        #expect(types.map(\.version) == ["v2", "v1", "v1beta1"])
        let registry = Registry(custom: types)
        #expect(registry.type(GroupResource("widgets.example.com"))?.version == "v1", "the version of storage")
        #expect(registry.type(named: "wi.example.com")?.kind.kind == "Widget")
        #expect(types[0].shown(Widgets.widget([:])).string("apiVersion") == "example.com/v2")
        #expect(!types[0].showsAsStored)
        #expect(try Widgets.type().showsAsStored)
        let names = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "foo1", "foo10"]
        #expect(names.shuffled().sorted { VersionPriority($0) < VersionPriority($1) } == names)
    }

    @Test("discovery and OpenAPI describe the kind, without strategic merge patches")
    func documents() throws {
        let registry = Registry(custom: [try Widgets.type()])
        let discovery = Discovery(registry: registry)
        let list = try #require(discovery.resourceList(group: "example.com", version: "v1"))
        #expect(
            list.array("resources").map { $0.string("name") } == ["widgets", "widgets/scale", "widgets/status"])
        #expect(list.array("resources").first?["shortNames"] == ["wi"])
        let openAPI = OpenAPI(registry: registry, base: .builtIn)
        let document = try JSON(parsing: try #require(openAPI.document(path: "apis/example.com/v1")).bytes)
        let schema = document["components"]?["schemas"]?["com.example.v1.Widget"]
        #expect(schema?["properties"]?["spec"] == Widgets.spec)
        #expect(
            schema?["x-kubernetes-group-version-kind"] == [["group": "example.com", "version": "v1", "kind": "Widget"]])
        let patch = document["paths"]?["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"]?["patch"]
        #expect(
            patch?.object("requestBody", "content").names
                == ["application/json-patch+json", "application/merge-patch+json"])
        #expect(openAPI.document(path: "api/v1")?.hash == OpenAPI.builtIn.document(path: "api/v1")?.hash)
    }
}
