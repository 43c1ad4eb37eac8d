import Crypto
import KubeModel

/// The OpenAPI documents of the kinds that are served: kubectl's validation, patch computation and `explain` read them.
public struct OpenAPI: Sendable {
    /// One document as it is sent.
    public struct Document: Sendable {
        /// Canonical JSON.
        public let bytes: [UInt8]
        /// SHA-256 of the bytes in upper-case hexadecimal: the ETag, and the `hash` in the index.
        public let hash: String

        init(_ json: JSON) {
            bytes = json.canonicalBytes
            hash = SHA256.hash(data: bytes).hexadecimal.uppercased()
        }
    }

    /// Computed at first use.
    public static let builtIn = OpenAPI(registry: .builtIn)

    /// `GET /openapi/v3`: the documents with their addresses.
    public let index: Document
    /// `GET /openapi/v2` in its JSON form: the schemas of all kinds, without paths. Clients prefer version 3, so with
    /// custom kinds it is made when it is asked for.
    public var v2: Document { readyV2 ?? Document(Self.v2(types)) }
    /// `GET /openapi/v2` as kubectl asks for it, for kinds that version 3 does not know: gnostic's `Document` message
    /// with the version (1) and the info (2: title 1, version 2), and no schema, so that such a kind is not checked
    /// but found missing.
    public static let v2Protobuf: [UInt8] = {
        func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(content.count)] + content
        }
        let info = field(1, Array("Purser".utf8)) + field(2, Array(Discovery.gitVersion.utf8))
        return field(1, Array("2.0".utf8)) + field(2, info)
    }()
    /// As clients accept it; a content type may hold no `@`.
    public static let v2ProtobufAccept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    public static let v2ProtobufContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    private let documents: [String: Document]
    private let types: [ResourceType]
    private let readyV2: Document?

    /// - Parameter base: documents of some of the versions, which are taken over as they are.
    public init(registry: Registry, base: OpenAPI? = nil) {
        var documents: [String: Document] = base?.documents ?? [:]
        var paths: JSONObject = [:]
        for (group, versions) in registry.groupVersions {
            for version in versions {
                let path = group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)"
                let document = documents[path] ?? Document(Self.v3(registry.types(group: group, version: version)))
                documents[path] = document
                paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(document.hash)")]
            }
        }
        self.documents = documents
        index = Document(["paths": .object(paths)])
        types = registry.types
        readyV2 = base == nil ? Document(Self.v2(registry.types)) : nil
    }

    /// `GET /openapi/v3/<path>`.
    /// - Parameter path: `api/v1`, `apis/apps/v1`; nil is returned for what is not served.
    public func document(path: String) -> Document? { documents[path] }

    // MARK: Building

    private static let info: JSON = ["title": "Kubernetes", "version": .string(Discovery.gitVersion)]

    private static func v3(_ types: [ResourceType]) -> JSON {
        var writer = SchemaDocument(
            prefix: "#/components/schemas/", schema: types.first?.schema ?? .builtIn, kinds: kinds(types))
        var paths: JSONObject = [:]
        for type in types {
            writer.add(type)
            let document = PathDocument(type: type) { kind in
                if type.custom != nil, kind.group == type.group { return writer.reference(SchemaDocument.name(kind)) }
                return writer.schema.type(kind).map { writer.reference(SchemaDocument.name($0)) }
            }
            for (path, item) in document.paths { paths[path] = item }
        }
        return [
            "openapi": "3.0.0", "info": info, "paths": .object(paths),
            "components": ["schemas": .object(writer.schemas)],
        ]
    }

    private static func v2(_ types: [ResourceType]) -> JSON {
        var writer = SchemaDocument(
            prefix: "#/definitions/", schema: types.first?.schema ?? .builtIn, kinds: kinds(types))
        for type in types { writer.add(type) }
        return ["swagger": "2.0", "info": info, "paths": [:], "definitions": .object(writer.schemas)]
    }

    /// The types of the kinds themselves, of their lists and of what their subresources take.
    private static func kinds(_ types: [ResourceType]) -> [String: [GroupVersionKind]] {
        var kinds: [String: [GroupVersionKind]] = [:]
        for type in types {
            let list = GroupVersionKind(group: type.group, version: type.version, kind: type.listKind)
            for kind in [type.kind, list] + type.subresources.map(\.kind) {
                guard let found = type.schema.type(kind) else { continue }
                if kinds[found.qualifiedName]?.contains(kind) != true {
                    kinds[found.qualifiedName, default: []].append(kind)
                }
            }
        }
        return kinds
    }
}

extension SchemaDocument {
    /// Adds a kind with its list, and the kinds of its subresources.
    fileprivate mutating func add(_ type: ResourceType) {
        if let custom = type.custom { add(type, custom) } else { add(type.root) }
        let list = GroupVersionKind(group: type.group, version: type.version, kind: type.listKind)
        for kind in [list] + type.subresources.map(\.kind) {
            if let found = schema.type(kind) { add(found) }
        }
        for name in ["meta/v1.DeleteOptions", "meta/v1.Status"] {
            if let found = schema.type(named: name) { add(found) }
        }
    }
}
