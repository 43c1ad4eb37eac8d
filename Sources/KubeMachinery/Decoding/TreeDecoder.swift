import KubeModel

/// Why a value cannot be that of its field, in the words of Go's decoder.
struct DecodingFault: Error, CustomStringConvertible {
    let description: String
}

/// Walks a tree beside its schema. Whatever is right as it stands is shared, not copied.
struct TreeDecoder {
    /// What becomes of one value.
    private enum Outcome {
        case keep
        case replace(JSON)
        case drop
    }

    private enum Step {
        case field(String)
        case key(String)
        case index(Int)
    }

    let schema: Schema
    let reportsUnknown: Bool
    /// `unknown field "spec.foo"`, in the order they were met.
    private(set) var unknown: [String] = []
    private var path: [Step] = []
    /// The type whose field is being read, for messages.
    private var owner = ""

    init(schema: Schema, reportsUnknown: Bool) {
        self.schema = schema
        self.reportsUnknown = reportsUnknown
        path.reserveCapacity(16)
    }

    /// Nil where the object is right as it stands.
    mutating func object(_ object: JSONObject, _ type: TypeSchema) throws(DecodingFault) -> JSONObject? {
        let outer = owner
        owner = type.name
        defer { owner = outer }
        return try members(object) { (decoder, key, value) throws(DecodingFault) -> Outcome in
            guard let index = type.index(of: key) else {
                decoder.report(key)
                return .drop
            }
            decoder.path.append(.field(key))
            defer { decoder.path.removeLast() }
            let field = type.fields[index]
            return try decoder.value(value, field.kind, field)
        }
    }

    /// Applies `body` to every member; nil where all are kept.
    private mutating func members(
        _ object: JSONObject, _ body: (inout TreeDecoder, String, JSON) throws(DecodingFault) -> Outcome
    ) throws(DecodingFault) -> JSONObject? {
        var changed: [(String, JSON)]?
        for index in object.indices {
            let (key, value) = object[index]
            let outcome = try body(&self, key, value)
            if case .keep = outcome {
                changed?.append((key, value))
                continue
            }
            if changed == nil { changed = object[..<index].map { ($0.key, $0.value) } }
            if case .replace(let new) = outcome { changed?.append((key, new)) }
        }
        return changed.map { JSONObject($0) }
    }

    private mutating func report(_ key: String) {
        guard reportsUnknown else { return }
        unknown.append("unknown field \"\(pathText(ending: key))\"")
    }

    /// `field` is nil for elements of lists and maps, whose zeroes stay.
    private mutating func value(_ value: JSON, _ kind: ValueKind, _ field: FieldSchema?) throws(DecodingFault)
        -> Outcome
    {
        if case .null = value {
            if case .any = kind { return .keep }
            return field == nil ? .replace(kind.zero) : .drop
        }
        let dropsZero = field.map { $0.omitsEmpty && !$0.isPointer } ?? false
        switch kind {
        case .any: return .keep
        case .string, .duration:
            guard case .string(let text) = value else { throw mismatch(value, kind, field) }
            return dropsZero && text.isEmpty ? .drop : .keep
        case .bool:
            guard case .bool(let flag) = value else { throw mismatch(value, kind, field) }
            return dropsZero && !flag ? .drop : .keep
        case .int32, .int64:
            guard let number = try integer(value, kind, field) else { throw mismatch(value, kind, field) }
            if dropsZero && number == 0 { return .drop }
            if case .int = value { return .keep }
            return .replace(.int(number))
        case .double:
            switch value {
            case .int(let number): return dropsZero && number == 0 ? .drop : .keep
            case .double: return .keep
            default: throw mismatch(value, kind, field)
            }
        case .bytes: return try bytes(value, dropsZero, field)
        case .time: return try time(value, field) { $0.rfc3339 }
        case .microTime: return try time(value, field) { $0.rfc3339Micro }
        case .quantity: return try quantity(value)
        case .intOrString:
            switch value {
            case .int(let number) where Int32(exactly: number) != nil: return .keep
            case .string: return .keep
            default:
                throw DecodingFault(description: "json: cannot unmarshal \(value.typeWord) into Go value of type int32")
            }
        case .list(let element): return try list(value, of: element, dropsZero, field)
        case .map(let element): return try map(value, of: element, dropsZero, field)
        case .object(let reference):
            guard case .object(let object) = value else { throw mismatch(value, kind, field) }
            return try self.object(object, schema[reference]).map { .replace(.object($0)) } ?? .keep
        }
    }

    private mutating func list(
        _ value: JSON, of element: ValueKind, _ dropsZero: Bool, _ field: FieldSchema?
    ) throws(DecodingFault) -> Outcome {
        guard case .array(let elements) = value else { throw mismatch(value, .list(of: element), field) }
        if elements.isEmpty { return dropsZero ? .drop : .keep }
        var changed: [JSON]?
        for index in elements.indices {
            path.append(.index(index))
            let outcome = try self.value(elements[index], element, nil)
            path.removeLast()
            guard case .replace(let new) = outcome else { continue }
            if changed == nil { changed = elements }
            changed?[index] = new
        }
        return changed.map { .replace(.array($0)) } ?? .keep
    }

    private mutating func map(
        _ value: JSON, of element: ValueKind, _ dropsZero: Bool, _ field: FieldSchema?
    ) throws(DecodingFault) -> Outcome {
        guard case .object(let object) = value else { throw mismatch(value, .map(of: element), field) }
        if object.isEmpty { return dropsZero ? .drop : .keep }
        let changed = try members(object) { (decoder, key, value) throws(DecodingFault) -> Outcome in
            decoder.path.append(.key(key))
            defer { decoder.path.removeLast() }
            return try decoder.value(value, element, nil)
        }
        return changed.map { .replace(.object($0)) } ?? .keep
    }
}

extension TreeDecoder {
    /// Nil where the value is no number.
    private func integer(_ value: JSON, _ kind: ValueKind, _ field: FieldSchema?) throws(DecodingFault) -> Int64? {
        let number: Int64
        switch value {
        case .int(let whole): number = whole
        case .double(let double):
            guard let whole = Int64(exactly: double) else { throw mismatch(value, kind, field, "number \(double)") }
            number = whole
        default: return nil
        }
        if case .int32 = kind, Int32(exactly: number) == nil { throw mismatch(value, kind, field, "number \(number)") }
        return number
    }

    private func bytes(_ value: JSON, _ dropsZero: Bool, _ field: FieldSchema?) throws(DecodingFault) -> Outcome {
        guard case .string(let text) = value else { throw mismatch(value, .bytes, field) }
        if let offset = Base64.fault(text) {
            throw DecodingFault(description: "illegal base64 data at input byte \(offset)")
        }
        if dropsZero && text.isEmpty { return .drop }
        guard text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return .keep }
        return .replace(.string(String(text.unicodeScalars.filter { $0 != "\n" && $0 != "\r" }.map(Character.init))))
    }

    private func time(
        _ value: JSON, _ field: FieldSchema?, _ canonical: (Timestamp) -> String
    ) throws(DecodingFault) -> Outcome {
        guard case .string(let text) = value else {
            throw DecodingFault(
                description: "json: cannot unmarshal \(value.typeWord) into Go value of type string")
        }
        guard let time = Timestamp(rfc3339: text) else {
            throw DecodingFault(
                description:
                    "parsing time \"\(text)\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\(text)\" as \"2006\"")
        }
        let written = canonical(time)
        return written == text ? .keep : .replace(.string(written))
    }

    private func quantity(_ value: JSON) throws(DecodingFault) -> Outcome {
        let text: String
        switch value {
        case .string(let string): text = string
        case .int(let number): text = "\(number)"
        case .double(let number): text = "\(number)"
        default: text = ""
        }
        guard let canonical = QuantityText.canonical(text) else {
            throw DecodingFault(
                description: "quantities must match the regular expression "
                    + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
        }
        if case .string = value, canonical == text { return .keep }
        return .replace(.string(canonical))
    }

    private func mismatch(
        _ value: JSON, _ kind: ValueKind, _ field: FieldSchema?, _ word: String? = nil
    ) -> DecodingFault {
        DecodingFault(
            description: "json: cannot unmarshal \(word ?? value.typeWord) into Go struct field "
                + "\(owner).\(fieldsText) of type \(goType(kind, field))")
    }

    private func goType(_ kind: ValueKind, _ field: FieldSchema?) -> String {
        switch kind {
        case .string:
            if let field, !field.enumerationName.isEmpty { "v1.\(field.enumerationName)" } else { "string" }
        case .int32: "int32"
        case .int64: "int64"
        case .bool: "bool"
        case .double: "float64"
        case .bytes: "[]uint8"
        case .time: "v1.Time"
        case .microTime: "v1.MicroTime"
        case .duration: "v1.Duration"
        case .quantity: "resource.Quantity"
        case .intOrString: "intstr.IntOrString"
        case .any: "runtime.RawExtension"
        case .list(let element): "[]\(goType(element, nil))"
        case .map(let element): "map[string]\(goType(element, nil))"
        case .object(let reference): "v1.\(schema[reference].name)"
        }
    }

    /// Names of fields only, as Go's decoder keeps them.
    private var fieldsText: String {
        path.compactMap { if case .field(let name) = $0 { name } else { nil } }.joined(separator: ".")
    }

    private func pathText(ending key: String) -> String {
        var text = FieldPath.root
        for step in path {
            switch step {
            case .field(let name), .key(let name): text = text.child(name)
            case .index(let index): text = text.index(index)
            }
        }
        return text.child(key).description
    }
}

extension ValueKind {
    /// What a null element of a list or map becomes.
    fileprivate var zero: JSON {
        switch self {
        case .string, .duration, .bytes: ""
        case .int32, .int64, .intOrString: 0
        case .double: 0
        case .bool: false
        case .quantity: "0"
        case .time, .microTime, .any: .null
        case .list: []
        case .map, .object: [:]
        }
    }
}
