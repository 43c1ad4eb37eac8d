/// A parameter, sent in PostgreSQL's binary format.
public enum PostgresValue: Sendable {
    case null
    case bool(Bool)
    case int4(Int32)
    case int8(Int64)
    case text(String)
    case bytea([UInt8])
    /// `timestamptz`, in microseconds since 1970.
    case timestamp(Int64)
    case uuid(PostgresUUID)
    case boolArray([Bool])
    case int4Array([Int32])
    case int8Array([Int64])
    /// `text[]`; nil is NULL.
    case textArray([String?])
    case byteaArray([[UInt8]])
    case timestampArray([Int64])
    case uuidArray([PostgresUUID])
}

/// The sixteen bytes of a `uuid`, most significant first.
public struct PostgresUUID: Sendable, Hashable {
    public var high: UInt64
    public var low: UInt64
    public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }
}

/// Microseconds from 1970 to 2000, where PostgreSQL's own time begins.
let postgresEpoch: Int64 = 946_684_800_000_000

/// Parameters encoded one behind the other, ready for libpq.
struct EncodedParameters: Sendable {
    private(set) var types: [UInt32] = []
    private(set) var bytes: [UInt8] = []
    /// The start of each value in `bytes`, nil for NULL.
    private(set) var offsets: [Int?] = []
    private(set) var lengths: [Int32] = []

    init(_ values: [PostgresValue]) {
        for value in values {
            types.append(value.type)
            let start = bytes.count
            if case .null = value { offsets.append(nil) } else { offsets.append(start) }
            value.write(to: &bytes)
            lengths.append(Int32(bytes.count - start))
        }
    }
}

extension PostgresValue {
    /// The type's OID, from PostgreSQL's `pg_type.dat`; 0 lets the server decide.
    var type: UInt32 {
        switch self {
        case .null: 0
        case .bool: 16
        case .int4: 23
        case .int8: 20
        case .text: 25
        case .bytea: 17
        case .timestamp: 1184
        case .uuid: 2950
        case .boolArray: 1000
        case .int4Array: 1007
        case .int8Array: 1016
        case .textArray: 1009
        case .byteaArray: 1001
        case .timestampArray: 1185
        case .uuidArray: 2951
        }
    }

    func write(to out: inout [UInt8]) {
        switch self {
        case .null: break
        case .bool(let value): out.append(value ? 1 : 0)
        case .int4(let value): out.appendBigEndian(value)
        case .int8(let value): out.appendBigEndian(value)
        case .text(let value): out.append(contentsOf: value.utf8)
        case .bytea(let value): out.append(contentsOf: value)
        case .timestamp(let value): out.appendBigEndian(value &- postgresEpoch)
        case .uuid(let value): out.append(value)
        case .boolArray(let values): out.appendArray(values, of: 16) { $0.append($1 ? 1 : 0) }
        case .int4Array(let values): out.appendArray(values, of: 23) { $0.appendBigEndian($1) }
        case .int8Array(let values): out.appendArray(values, of: 20) { $0.appendBigEndian($1) }
        case .textArray(let values): out.appendTexts(values)
        case .byteaArray(let values): out.appendArray(values, of: 17) { $0.append(contentsOf: $1) }
        case .timestampArray(let values):
            out.appendArray(values, of: 1184) { $0.appendBigEndian($1 &- postgresEpoch) }
        case .uuidArray(let values): out.appendArray(values, of: 2950) { $0.append($1) }
        }
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(_ uuid: PostgresUUID) {
        appendBigEndian(uuid.high)
        appendBigEndian(uuid.low)
    }

    /// An array of one dimension, as `array_recv` of PostgreSQL reads it.
    fileprivate mutating func appendArray<Value>(
        _ values: [Value], of type: UInt32, _ write: (inout [UInt8], Value) -> Void
    ) {
        appendArrayHeader(count: values.count, of: type, hasNulls: false)
        for value in values {
            let start = count
            appendBigEndian(Int32(0))
            write(&self, value)
            putLength(at: start)
        }
    }

    fileprivate mutating func appendTexts(_ values: [String?]) {
        appendArrayHeader(count: values.count, of: 25, hasNulls: values.contains(nil))
        for value in values {
            guard let value else {
                appendBigEndian(Int32(-1))
                continue
            }
            appendBigEndian(Int32(value.utf8.count))
            append(contentsOf: value.utf8)
        }
    }

    private mutating func appendArrayHeader(count: Int, of type: UInt32, hasNulls: Bool) {
        appendBigEndian(Int32(count == 0 ? 0 : 1))
        appendBigEndian(Int32(hasNulls ? 1 : 0))
        appendBigEndian(type)
        guard count > 0 else { return }
        appendBigEndian(Int32(count))
        appendBigEndian(Int32(1))
    }

    private mutating func putLength(at start: Int) {
        let length = Int32(count - start - 4)
        for index in 0..<4 { self[start + index] = UInt8(truncatingIfNeeded: length >> Int32(24 - 8 * index)) }
    }
}
