import CLibPQ

/// What a statement returned, in libpq's own memory; values are decoded when they are asked for.
///
/// A `PGresult` is never changed after libpq hands it out, so that any thread may read it.
public final class PostgresResult: @unchecked Sendable, RandomAccessCollection {
    private let result: OpaquePointer
    public let endIndex: Int
    public var startIndex: Int { 0 }

    /// Takes the result over and frees it in the end.
    init(_ result: OpaquePointer) {
        self.result = result
        endIndex = Int(PQntuples(result))
    }

    deinit { PQclear(result) }

    public subscript(row: Int) -> PostgresRow { PostgresRow(result: self, row: Int32(row)) }

    /// The number of rows that an INSERT, UPDATE or DELETE touched.
    public var affectedRows: Int { PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// The memory that the result takes.
    public var byteCount: Int { PQresultMemorySize(result) }

    fileprivate func bytes(_ row: Int32, _ column: Int32) -> UnsafeRawBufferPointer? {
        guard row < endIndex, column < PQnfields(result), PQgetisnull(result, row, column) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    }
}

/// One row of a result. Columns count from 0; reading one as another type throws `unexpectedResult`.
public struct PostgresRow: Sendable {
    let result: PostgresResult
    let row: Int32

    public func isNull(_ column: Int) -> Bool { result.bytes(row, Int32(column)) == nil }

    public func int8(_ column: Int) throws(PostgresError) -> Int64 {
        let bytes = try value(column, count: 8)
        return Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
    }

    public func int4(_ column: Int) throws(PostgresError) -> Int32 {
        let bytes = try value(column, count: 4)
        return Int32(bigEndian: bytes.loadUnaligned(as: Int32.self))
    }

    public func bool(_ column: Int) throws(PostgresError) -> Bool { try value(column, count: 1)[0] != 0 }

    /// `timestamptz`, in microseconds since 1970.
    public func timestamp(_ column: Int) throws(PostgresError) -> Int64 { try int8(column) &+ postgresEpoch }

    public func uuid(_ column: Int) throws(PostgresError) -> PostgresUUID {
        let bytes = try value(column, count: 16)
        return PostgresUUID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    public func text(_ column: Int) throws(PostgresError) -> String {
        String(decoding: try value(column, count: nil), as: UTF8.self)
    }

    public func bytea(_ column: Int) throws(PostgresError) -> [UInt8] { Array(try value(column, count: nil)) }

    private func value(_ column: Int, count: Int?) throws(PostgresError) -> UnsafeRawBufferPointer {
        guard let bytes = result.bytes(row, Int32(column)) else {
            throw .unexpectedResult("column \(column) is null or missing")
        }
        if let count, bytes.count != count {
            throw .unexpectedResult("column \(column) has \(bytes.count) bytes, not \(count)")
        }
        return bytes
    }
}
