import KubeModel

/// Turns protobuf messages into JSON by the field numbers of the schema. Fields that the schema does not have are
/// skipped, as protobuf asks.
struct MessageDecoder {
    let schema: Schema
    /// How many messages are open.
    var depth: Int

    mutating func message(_ bytes: ArraySlice<UInt8>, _ type: TypeSchema) throws(ProtobufError) -> JSONObject {
        var object: JSONObject = [:]
        try read(bytes, type, into: &object)
        return object
    }

    /// Two occurrences of one message merge, so an object may hold members already.
    private mutating func read(_ bytes: ArraySlice<UInt8>, _ type: TypeSchema, into object: inout JSONObject)
        throws(ProtobufError)
    {
        depth += 1
        defer { depth -= 1 }
        guard depth < ProtobufDecoding.maximumDepth else { throw ProtobufDecoding.tooDeep() }
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            if let field = type.field(number: number) {
                try read(value, field, into: &object)
            } else if let embedded = type.embedded.first(where: { $0.number == number }),
                case .bytes(let content) = value
            {
                try read(content, schema[embedded.type], into: &object)
            }
        }
    }

    private mutating func read(_ value: ProtobufReader.Value, _ field: FieldSchema, into object: inout JSONObject)
        throws(ProtobufError)
    {
        switch field.kind {
        case .list(of: let element):
            var elements = taken(field.name, from: &object)?.arrayValue ?? []
            try append(value, element, to: &elements)
            if !elements.isEmpty { object[field.name] = .array(elements) }
        case .map(of: let element):
            var members = taken(field.name, from: &object)?.objectValue ?? [:]
            let (key, content) = try entry(value, element)
            members[key] = content
            object[field.name] = .object(members)
        case .object(let reference):
            guard case .bytes(let content) = value else { throw mismatch() }
            var members = taken(field.name, from: &object)?.objectValue ?? [:]
            try read(content, schema[reference], into: &members)
            object[field.name] = .object(members)
        case let kind:
            let decoded = try scalar(value, kind)
            // Go writes every field that is no pointer, and its JSON leaves out the zeroes that are marked omitempty.
            let isLeftOut = decoded == .null || !field.isPointer && field.omitsEmpty && decoded.isZero
            if !isLeftOut { object[field.name] = decoded }
        }
    }

    private func taken(_ name: String, from object: inout JSONObject) -> JSON? {
        object.modify(name) { value in
            defer { value = .null }
            return value
        }
    }

    // MARK: Lists and maps

    private mutating func append(_ value: ProtobufReader.Value, _ element: ValueKind, to elements: inout [JSON])
        throws(ProtobufError)
    {
        guard case .bytes(let packed) = value, element.isPackable else {
            return elements.append(try self.element(value, element))
        }
        var reader = ProtobufReader(packed)
        while !reader.isAtEnd {
            let number: ProtobufReader.Value =
                element == .double ? .fixed64(try reader.fixed(8)) : .varint(try reader.varint())
            elements.append(try scalar(number, element))
        }
    }

    /// A list's element or a map's value.
    private mutating func element(_ value: ProtobufReader.Value, _ kind: ValueKind) throws(ProtobufError) -> JSON {
        switch kind {
        case .object(let reference):
            guard case .bytes(let content) = value else { throw mismatch() }
            return .object(try message(content, schema[reference]))
        case .list(of: let inner):
            // A named list type is a message with the elements as field 1.
            guard case .bytes(let content) = value else { throw mismatch() }
            var elements: [JSON] = []
            var reader = ProtobufReader(content)
            while let (number, item) = try reader.next() {
                if number == 1 { try append(item, inner, to: &elements) }
            }
            return .array(elements)
        case .map: throw mismatch()
        default: return try scalar(value, kind)
        }
    }

    private mutating func entry(_ value: ProtobufReader.Value, _ kind: ValueKind) throws(ProtobufError)
        -> (String, JSON)
    {
        guard case .bytes(let content) = value else { throw mismatch() }
        var key = ""
        var decoded: JSON?
        var reader = ProtobufReader(content)
        while let (number, part) = try reader.next() {
            if number == 1, case .bytes(let text) = part { key = try ProtobufDecoding.text(text) }
            if number == 2 { decoded = try element(part, kind) }
        }
        // Zeroes may be left out.
        if decoded == nil { decoded = try element(kind.isPackable ? .varint(0) : .bytes([]), kind) }
        return (key, decoded ?? .null)
    }

    // MARK: Scalars

    private func scalar(_ value: ProtobufReader.Value, _ kind: ValueKind) throws(ProtobufError) -> JSON {
        switch (kind, value) {
        case (.string, .bytes(let bytes)): return .string(try ProtobufDecoding.text(bytes))
        case (.bytes, .bytes(let bytes)): return .string(Base64.encode(bytes))
        case (.bool, .varint(let number)): return .bool(number != 0)
        case (.int32, .varint(let number)): return .int(Int64(Int32(truncatingIfNeeded: number)))
        case (.int64, .varint(let number)): return .int(Int64(bitPattern: number))
        case (.double, .fixed64(let bits)): return .double(Double(bitPattern: bits))
        case (.double, .varint(0)): return .double(0)
        case (.time, .bytes(let bytes)): return try time(bytes).map { .string($0.rfc3339) } ?? .null
        case (.microTime, .bytes(let bytes)): return try time(bytes).map { .string($0.rfc3339Micro) } ?? .null
        case (.duration, .bytes(let bytes)):
            let nanoseconds = try SmallMessage(bytes).numbers[1] ?? 0
            return .string(nanoseconds % 1_000_000_000 == 0 ? "\(nanoseconds / 1_000_000_000)s" : "\(nanoseconds)ns")
        case (.quantity, .bytes(let bytes)): return .string(try SmallMessage(bytes).texts[1] ?? "0")
        case (.intOrString, .bytes(let bytes)):
            let message = try SmallMessage(bytes)
            if message.numbers[1] == 1 { return .string(message.texts[3] ?? "") }
            return .int(Int64(Int32(truncatingIfNeeded: message.numbers[2] ?? 0)))
        case (.any, .bytes(let bytes)):
            guard let raw = try SmallMessage(bytes).contents[1], !raw.isEmpty else { return .null }
            guard raw.starts(with: ProtobufDecoding.magic) else { return try ProtobufDecoding.json(raw) }
            return try ProtobufDecoding.unwrap(raw, schema: schema, depth: depth + 1)
        default: throw mismatch()
        }
    }

    /// Nil for an empty message, which is Go's zero time; years that RFC 3339 cannot state are refused.
    private func time(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> Timestamp? {
        guard !bytes.isEmpty else { return nil }
        let message = try SmallMessage(bytes)
        let (seconds, nanoseconds) = (message.numbers[1] ?? 0, message.numbers[2] ?? 0)
        guard (-62_135_596_800...253_402_300_799).contains(seconds), (0..<1_000_000_000).contains(nanoseconds) else {
            throw ProtobufError(message: "a time is out of range")
        }
        return Timestamp(microseconds: seconds * 1_000_000 + nanoseconds / 1000)
    }

    private func mismatch() -> ProtobufError { ProtobufError(message: "a field has the wire type of another type") }
}

/// A message of a few scalar fields, by number.
private struct SmallMessage {
    var numbers: [Int: Int64] = [:]
    var contents: [Int: ArraySlice<UInt8>] = [:]
    var texts: [Int: String] = [:]

    init(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            switch value {
            case .varint(let bits): numbers[number] = Int64(bitPattern: bits)
            case .bytes(let content):
                contents[number] = content
                texts[number] = String(validating: content, as: UTF8.self)
            case .fixed32, .fixed64: break
            }
        }
    }
}

extension ValueKind {
    fileprivate var isPackable: Bool {
        switch self {
        case .int32, .int64, .bool, .double: true
        default: false
        }
    }
}

extension JSON {
    fileprivate var isZero: Bool {
        switch self {
        case .null, .bool(false), .int(0), .string(""): true
        case .double(let value): value == 0
        default: false
        }
    }
}
