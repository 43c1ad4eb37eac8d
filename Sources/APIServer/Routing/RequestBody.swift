import KubeModel
import KubeYAML

/// How a request's body is written.
public enum RequestBody: Sendable, Hashable {
    case json
    case yaml
    /// `k8s\0` and a `runtime.Unknown`; kubectl sends some built-in kinds so, whatever the server offers.
    case protobuf

    /// - Parameter contentType: the header; nil or empty means JSON.
    /// - Throws: 415, naming the types there are.
    public init(contentType: String?) throws(KubeStatus) {
        switch Self.mediaType(contentType) {
        case "", "application/json": self = .json
        case "application/yaml", "application/x-yaml", "text/yaml": self = .yaml
        case "application/vnd.kubernetes.protobuf": self = .protobuf
        default:
            throw .unsupportedMediaType(
                "the body of the request was in an unknown format - accepted media types include: "
                    + "application/json, application/yaml, application/vnd.kubernetes.protobuf")
        }
    }

    /// The header's value without its parameters, in lower case.
    static func mediaType(_ contentType: String?) -> String {
        guard let contentType else { return "" }
        return (contentType.split(separator: ";", maxSplits: 1).first?.trimmingSpaces).map { $0.lowercased() } ?? ""
    }

    /// Decodes JSON or YAML; protobuf needs the schemas of the kinds and is decoded elsewhere.
    ///
    /// - Throws: 400 if the bytes are not what they are said to be, 415 for protobuf.
    public func decode(_ bytes: [UInt8]) throws(KubeStatus) -> JSON {
        switch self {
        case .json:
            do {
                return try JSON(parsing: bytes)
            } catch {
                throw .badRequest("the body is not valid JSON: \(error)")
            }
        case .yaml: return try Self.yaml(bytes)
        case .protobuf: throw .unsupportedMediaType("this kind cannot be read from protobuf; send JSON")
        }
    }

    private static func yaml(_ bytes: [UInt8]) throws(KubeStatus) -> JSON {
        let documents: [JSON]
        do { documents = try YAML.documents(String(decoding: bytes, as: UTF8.self)) } catch {
            throw .badRequest("the body is not valid YAML: \(error)")
        }
        guard documents.count == 1, let document = documents.first else {
            throw .badRequest("the body must hold one YAML document, not \(documents.count)")
        }
        return document
    }
}
