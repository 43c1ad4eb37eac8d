import Postgres
import PostgresTesting
import Testing

@Suite("A connection in pipeline mode")
struct PostgresConnectionTests {
    let cluster: PostgresCluster
    let connection: PostgresConnection

    init() throws {
        cluster = try PostgresCluster.shared.get()
        connection = PostgresConnection(cluster.conninfo())
    }

    @Test("values of every type come back as they were sent")
    func values() async throws {
        let uuid = PostgresUUID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)
        let time: Int64 = 1_795_363_200_123_456
        let row = try #require(
            try await connection.execute(
                PostgresStatement("values", "SELECT $1, $2, $3, $4, $5, $6, $7, $8::text"),
                [
                    .bool(true), .int4(-7), .int8(.min), .text("naïve 'text'"), .bytea([0, 255, 39]), .timestamp(time),
                    .uuid(uuid), .null,
                ]
            ).first)
        #expect(try row.bool(0))
        #expect(try row.int4(1) == -7)
        #expect(try row.int8(2) == .min)
        #expect(try row.text(3) == "naïve 'text'")
        #expect(try row.bytea(4) == [0, 255, 39])
        #expect(try row.timestamp(5) == time)
        #expect(try row.uuid(6) == uuid)
        #expect(row.isNull(7))
    }

    @Test("empty texts, bytes and arrays are not null")
    func emptyValues() async throws {
        let result = try await connection.execute(
            PostgresStatement(
                "empty", "SELECT $1 = '', length($2) = 0, cardinality($3) = 0, cardinality($4) = 0, cardinality($5) = 0"
            ),
            [.text(""), .bytea([]), .int8Array([]), .textArray([]), .byteaArray([])])
        for column in 0..<5 { #expect(try result[0].bool(column)) }
    }

    @Test("arrays are unnested in their order, nulls included")
    func arrays() async throws {
        let result = try await connection.execute(
            PostgresStatement(
                "arrays",
                "SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::boolean[], $5::integer[], $6::uuid[], $7::timestamptz[])"
            ),
            [
                .int8Array([3, -1]), .textArray(["a", nil]), .byteaArray([[1, 2], []]), .boolArray([true, false]),
                .int4Array([5, 6]), .uuidArray([PostgresUUID(high: 1, low: 2), PostgresUUID(high: 3, low: 4)]),
                .timestampArray([0, 1]),
            ])
        #expect(try result.map { try $0.int8(0) } == [3, -1])
        #expect(result.map { $0.isNull(1) } == [false, true])
        #expect(try result.map { try $0.bytea(2) } == [[1, 2], []])
        #expect(try result.map { try $0.bool(3) } == [true, false])
        #expect(try result.map { try $0.int4(4) } == [5, 6])
        #expect(try result.map { try $0.uuid(5).low } == [2, 4])
        #expect(try result.map { try $0.timestamp(6) } == [0, 1])
    }

    @Test("statements of many tasks are answered to the task that sent them")
    func manyTasks() async throws {
        let statement = PostgresStatement("echo", "SELECT $1 + 1")
        let sum = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in Int64(0)..<500 {
                group.addTask { try await connection.execute(statement, [.int8(number)])[0].int8(0) == number + 1 }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(sum == 500)
    }

    @Test("a refused statement carries its SQLSTATE and constraint, no value, and harms no other")
    func refusal() async throws {
        _ = try await connection.execute(
            PostgresStatement("table", "CREATE TEMPORARY TABLE one (value text CONSTRAINT only_once UNIQUE)"))
        let insert = PostgresStatement("insert", "INSERT INTO one VALUES ($1)")
        #expect(try await connection.execute(insert, [.text("hunter2")]).affectedRows == 1)
        let error = await #expect(throws: PostgresError.self) {
            _ = try await connection.execute(insert, [.text("hunter2")])
        }
        guard case .server("23505", _, "only_once") = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
        #expect(error?.description.contains("hunter2") == false)
        let cast = await #expect(throws: PostgresError.self) {
            _ = try await connection.execute(PostgresStatement("cast", "SELECT $1::text::bigint"), [.text("hunter2")])
        }
        #expect(cast?.sqlState == "22P02")
        #expect(cast?.description.contains("hunter2") == false)
        #expect(try await connection.execute(insert, [.text("other")]).affectedRows == 1)
    }

    @Test("a statement that does not parse is refused each time, and may be prepared once it does")
    func preparationFails() async throws {
        let statement = PostgresStatement("later", "SELECT count(*) FROM pg_temp.later")
        for _ in 0..<2 {
            let error = await #expect(throws: PostgresError.self) { _ = try await connection.execute(statement) }
            #expect(error?.sqlState == "42P01")
        }
        _ = try await connection.execute(PostgresStatement("make", "CREATE TEMPORARY TABLE later ()"))
        #expect(try await connection.execute(statement)[0].int8(0) == 0)
    }

    @Test("cancelling the task cancels the statement, and the connection goes on")
    func cancellation() async throws {
        let task = Task { try await connection.execute(PostgresStatement("sleep", "SELECT pg_sleep(600)")) }
        let observer = PostgresConnection(cluster.conninfo())
        let active = PostgresStatement(
            "active", "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'")
        while try await observer.execute(active)[0].int8(0) == 0 {}
        task.cancel()
        await #expect(throws: PostgresError.cancelled) { _ = try await task.value }
        #expect(try await connection.execute(PostgresStatement("after", "SELECT 1::bigint"))[0].int8(0) == 1)
    }

    @Test("a lost connection tells what is unknown from what was not sent")
    func lostConnection() async throws {
        let identity = PostgresStatement("pid", "SELECT pg_backend_pid()")
        let pid = try await connection.execute(identity)[0].int4(0)
        let sleeping = Task { try await connection.execute(PostgresStatement("sleep", "SELECT pg_sleep(600)")) }
        let killer = PostgresConnection(cluster.conninfo())
        let active = PostgresStatement("active", "SELECT query LIKE '%600%' FROM pg_stat_activity WHERE pid = $1")
        while try await !killer.execute(active, [.int4(pid)])[0].bool(0) {}
        _ = try await killer.execute(PostgresStatement("kill", "SELECT pg_terminate_backend($1)"), [.int4(pid)])
        let unknown = await #expect(throws: PostgresError.self) { _ = try await sleeping.value }
        guard case .outcomeUnknown = unknown else {
            Issue.record("unexpected \(String(describing: unknown))")
            return
        }
        let later = await #expect(throws: PostgresError.self) { _ = try await connection.execute(identity) }
        guard case .notSent = later else {
            Issue.record("unexpected \(String(describing: later))")
            return
        }
        #expect(connection.isClosed)
    }

    @Test("a server that cannot be reached leaves statements unsent")
    func unreachable() async throws {
        let nowhere = PostgresConnection("host=/nonexistent dbname=x password=hunter2")
        let error = await #expect(throws: PostgresError.self) {
            _ = try await nowhere.execute(PostgresStatement("one", "SELECT 1"))
        }
        guard case .notSent(let why) = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
        #expect(!why.contains("hunter2"))
    }

    @Test("of several hosts the one that takes writes is found")
    func severalHosts() async throws {
        let several = PostgresConnection(
            "postgresql://postgres@/postgres?host=/nonexistent,\(cluster.directory)&target_session_attrs=read-write")
        #expect(try await several.execute(PostgresStatement("one", "SELECT 1::bigint"))[0].int8(0) == 1)
    }

    @Test("megabytes pass in both directions")
    func large() async throws {
        let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let echo = PostgresStatement("large", "SELECT $1")
        async let first = connection.execute(echo, [.bytea(bytes)])
        async let second = connection.execute(echo, [.bytea(bytes)])
        #expect(try await first[0].bytea(0) == bytes)
        #expect(try await second[0].bytea(0) == bytes)
    }

    @Test("a pool makes lost connections anew, and repeats what may be repeated")
    func pool() async throws {
        let pool = PostgresPool(cluster.conninfo())
        let identity = PostgresStatement("pid", "SELECT pg_backend_pid()")
        let pid = try await pool.execute(identity)[0].int4(0)
        _ = try await connection.execute(PostgresStatement("kill", "SELECT pg_terminate_backend($1)"), [.int4(pid)])
        #expect(try await pool.execute(identity, isRepeatable: true)[0].int4(0) != pid)
        pool.close()
        await #expect(throws: PostgresError.self) { _ = try await pool.execute(identity) }
    }

    @Test("a listener is told of a notice")
    func listener() async throws {
        let (calls, continuation) = AsyncStream.makeStream(of: Void.self)
        // The interval is far longer than the test: after the first call only a notice brings another.
        let listener = PostgresListener(cluster.conninfo(), channel: "news", interval: 3_600_000) {
            continuation.yield()
        }
        var iterator = calls.makeAsyncIterator()
        await iterator.next()
        _ = try await connection.execute(PostgresStatement("notify", "SELECT pg_notify('news', '')"))
        await iterator.next()
        withExtendedLifetime(listener) {}
    }
}
