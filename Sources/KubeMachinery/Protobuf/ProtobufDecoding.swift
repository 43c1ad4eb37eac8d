import KubeModel

/// Request bodies of type `application/vnd.kubernetes.protobuf`, which kubectl sends for some built-in kinds: the
/// bytes `k8s` and 0, then a `runtime.Unknown` that wraps the object's message.
public enum ProtobufDecoding {
    public static let mediaType = "application/vnd.kubernetes.protobuf"
    static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]
    /// Messages nested deeper are refused.
    static let maximumDepth = 100

    /// The object as the JSON form would state it.
    /// - Throws: 400 for anything that is no such body or names a type without a schema.
    public static func object(_ body: [UInt8], schema: Schema = .builtIn) throws(KubeStatus) -> JSON {
        do {
            return try unwrap(body[...], schema: schema, depth: 0)
        } catch {
            throw .badRequest("the body of the request is not a Kubernetes protobuf message: \(error.message)")
        }
    }

    static func unwrap(_ body: ArraySlice<UInt8>, schema: Schema, depth: Int) throws(ProtobufError) -> JSON {
        guard body.starts(with: magic) else {
            throw ProtobufError(message: "it does not begin with \"k8s\" and a zero")
        }
        guard depth < maximumDepth else { throw tooDeep() }
        let envelope = try Envelope(body.dropFirst(magic.count))
        guard envelope.contentEncoding.isEmpty else {
            throw ProtobufError(message: "the encoding \"\(envelope.contentEncoding)\" is not known")
        }
        var object: JSON
        if envelope.contentType.hasPrefix("application/json") {
            object = try json(envelope.raw)
        } else {
            let kind = GroupVersionKind(apiVersion: envelope.apiVersion, kind: envelope.kind)
            guard let type = schema.type(kind) else {
                throw ProtobufError(message: "there is no schema for \(kind); send JSON instead")
            }
            var decoder = MessageDecoder(schema: schema, depth: depth)
            object = .object(try decoder.message(envelope.raw, type))
        }
        if !envelope.apiVersion.isEmpty { object["apiVersion"] = .string(envelope.apiVersion) }
        if !envelope.kind.isEmpty { object["kind"] = .string(envelope.kind) }
        return object
    }

    static func tooDeep() -> ProtobufError {
        ProtobufError(message: "messages are nested deeper than \(maximumDepth) levels")
    }

    static func json(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw ProtobufError(message: "the JSON within it cannot be read: \(error.description)")
        }
    }

    static func text(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ProtobufError(message: "a text is not UTF-8")
        }
        return text
    }

    /// `runtime.Unknown`.
    private struct Envelope {
        var apiVersion = ""
        var kind = ""
        var raw: ArraySlice<UInt8> = []
        var contentEncoding = ""
        var contentType = ""

        init(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
            var reader = ProtobufReader(bytes)
            while let (number, value) = try reader.next() {
                guard case .bytes(let content) = value else { continue }
                switch number {
                case 1: try readTypeMeta(content)
                case 2: raw = content
                case 3: contentEncoding = try text(content)
                case 4: contentType = try text(content)
                default: break
                }
            }
        }

        private mutating func readTypeMeta(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
            var reader = ProtobufReader(bytes)
            while let (number, value) = try reader.next() {
                guard case .bytes(let content) = value else { continue }
                if number == 1 { apiVersion = try text(content) }
                if number == 2 { kind = try text(content) }
            }
        }
    }
}

extension Schema {
    /// The type of a kind, served or not; options (`DeleteOptions`, ...) have one type for every group.
    func type(_ kind: GroupVersionKind) -> TypeSchema? {
        let folder =
            switch kind.group {
            case "": "core"
            case "rbac.authorization.k8s.io": "rbac"
            case let group: String(group.prefix { $0 != "." })
            }
        return type(named: "\(folder)/\(kind.version).\(kind.kind)") ?? type(named: "meta/v1.\(kind.kind)")
    }
}
