import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct OpenAPITests {
    private func document(_ path: String) throws -> JSON {
        try JSON(parsing: try #require(OpenAPI.builtIn.document(path: path)).bytes)
    }

    @Test("the index gives every version's document with its hash") func index() throws {
        let paths = try JSON(parsing: OpenAPI.builtIn.index.bytes).object("paths")
        #expect(Set(paths.names).isSuperset(of: ["api/v1", "apis/apps/v1", "apis/coordination.k8s.io/v1"]))
        for (path, entry) in paths {
            let hash = try #require(OpenAPI.builtIn.document(path: path)).hash
            #expect(entry.string("serverRelativeURL") == "/openapi/v3/\(path)?hash=\(hash)")
        }
        #expect(OpenAPI.builtIn.document(path: "apis/nope/v1") == nil)
    }

    @Test("a hash is the SHA-256 of the bytes") func hashes() {
        #expect(
            OpenAPI.Document([:]).hash == "44136FA355B3678A1146AD16F7E8649E94FB4FC21FE77E8310C060F61CAAFF8A")
    }

    @Test("every reference in every document leads to a schema of that document") func references() throws {
        for (path, _) in try JSON(parsing: OpenAPI.builtIn.index.bytes).object("paths") {
            let json = try document(path)
            let schemas = json.object("components", "schemas")
            var references: Set<String> = []
            collect(json, into: &references)
            #expect(!references.isEmpty)
            for reference in references {
                #expect(reference.hasPrefix("#/components/schemas/"))
                #expect(schemas[String(reference.dropFirst("#/components/schemas/".count))] != nil, "\(reference)")
            }
        }
        let v2 = try JSON(parsing: OpenAPI.builtIn.v2.bytes)
        var references: Set<String> = []
        collect(v2, into: &references)
        for reference in references {
            #expect(v2["definitions"]?[String(reference.dropFirst("#/definitions/".count))] != nil, "\(reference)")
        }
    }

    private func collect(_ json: JSON, into references: inout Set<String>) {
        switch json {
        case .array(let elements): for element in elements { collect(element, into: &references) }
        case .object(let members):
            for (key, value) in members {
                if key == "$ref", let text = value.stringValue { references.insert(text) }
                collect(value, into: &references)
            }
        default: break
        }
    }

    @Test("fields state how patches merge them") func mergeRules() throws {
        let schemas = try document("api/v1")["components"]?["schemas"] ?? [:]
        var containers = schemas["io.k8s.api.core.v1.PodSpec"]?["properties"]?["containers"]
        containers?["description"] = nil
        #expect(
            containers == [
                "type": "array", "items": ["$ref": "#/components/schemas/io.k8s.api.core.v1.Container"],
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name",
            ])
        let volumes = schemas["io.k8s.api.core.v1.PodSpec"]?["properties"]?["volumes"]
        #expect(volumes?.string("x-kubernetes-patch-strategy") == "merge,retainKeys")
        let apps = try document("apis/apps/v1")["components"]?["schemas"]
        let strategy = apps?["io.k8s.api.apps.v1.DeploymentSpec"]?["properties"]?["strategy"]
        #expect(strategy?.string("x-kubernetes-patch-strategy") == "retainKeys")
        #expect(
            strategy?["allOf"] == [["$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy"]])
    }

    @Test("a kind's schema names its kind, required fields and formats") func kinds() throws {
        let schemas = try document("apis/apps/v1")["components"]?["schemas"] ?? [:]
        #expect(
            schemas["io.k8s.api.apps.v1.Deployment"]?["x-kubernetes-group-version-kind"] == [
                ["group": "apps", "version": "v1", "kind": "Deployment"]
            ])
        #expect(schemas["io.k8s.api.apps.v1.DeploymentList"] != nil)
        let spec = schemas["io.k8s.api.apps.v1.DeploymentSpec"]
        #expect(spec?["required"] == ["selector", "template"])
        #expect(spec?["properties"]?["replicas"]?.string("format") == "int32")
        #expect(
            schemas["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]?.string("format") == "int-or-string")
    }

    @Test("version 2 in protobuf is a document without schemas") func protobuf() {
        let version = Array(Discovery.gitVersion.utf8)
        let info = [0x0A, 6] + Array("Purser".utf8) + [0x12, UInt8(version.count)] + version
        #expect(OpenAPI.v2Protobuf == [0x0A, 3] + Array("2.0".utf8) + [0x12, UInt8(info.count)] + info)
    }

    @Test("what people look up most is described, and nothing is described that there is not") func descriptions()
        throws
    {
        let schema = Schema.builtIn
        for (name, fields) in Descriptions.fields {
            let type = try #require(schema.type(named: name), "\(name)")
            for field in fields.keys { #expect(type.field(field) != nil, "\(name).\(field)") }
        }
        for name in ["apps/v1.DeploymentSpec", "core/v1.Container", "core/v1.ServiceSpec", "core/v1.ServicePort"] {
            let type = try #require(schema.type(named: name))
            let silent = type.fields.map(\.name).filter { Descriptions.field($0, of: type) == nil }
            #expect(silent.count <= 2, "\(name): \(silent)")
        }
        let port = try document("api/v1")["components"]?["schemas"]?["io.k8s.api.core.v1.ServicePort"]
        #expect(port?["properties"]?["nodePort"]?.string("description")?.isEmpty == false)
    }

    @Test("each patchable kind has a PATCH operation that takes fieldValidation") func patchOperations() throws {
        for type in Registry.builtIn.types where type.verbs.contains("patch") {
            let path = type.group.isEmpty ? "api/\(type.version)" : "apis/\(type.apiVersion)"
            let wanted = SchemaDocument.extensionValue(type.kind)
            let operations = try document(path).object("paths").compactMap { $0.value["patch"] }
                .filter { $0["x-kubernetes-group-version-kind"] == wanted }
            #expect(!operations.isEmpty, "\(type.kind)")
            for operation in operations {
                #expect(operation.string("x-kubernetes-action") == "patch")
                #expect(
                    operation.array("parameters").contains {
                        $0.string("name") == "fieldValidation" && $0.string("in") == "query"
                    })
            }
        }
    }

    @Test("namespaced kinds are listed everywhere and changed in a namespace") func paths() throws {
        let paths = try document("apis/apps/v1").object("paths")
        #expect(paths["/apis/apps/v1/deployments"]?["get"]?.string("x-kubernetes-action") == "list")
        #expect(paths["/apis/apps/v1/namespaces/{namespace}/deployments"]?["post"] != nil)
        #expect(paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]?["patch"] != nil)
        let core = try document("api/v1").object("paths")
        #expect(core["/api/v1/nodes/{name}"]?["delete"] != nil)
        #expect(core["/api/v1/namespaces"]?["delete"] == nil)
    }
}
