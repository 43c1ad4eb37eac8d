import Domain
import EventLog
import KubeModel
import Postgres
import PostgresProjections
import PropertyTesting
import Testing

@Suite("The read tables")
struct ProjectionTests {
    @Test("a rebuild gives what was written live, byte for byte", arguments: [1, 2, 3] as [UInt64])
    func rebuildEqualsLive(_ seed: UInt64) async throws {
        let book = try await Book()
        var random = SeededRandom(seed: seed)
        var cpu: [String: Int64] = [:]
        for _ in 0..<400 {
            let stream = "configmaps/shop/c\(Int.random(in: 0..<20, using: &random))"
            switch Int.random(in: 0..<10, using: &random) {
            case 0: if book.state[try #require(ObjectKey(stream: stream))] != nil { try book.set(stream, nil) }
            case 1: try book.read(stream)
            case 2: try await book.project()
            case 3:
                let pods = (0..<3).map { "p\($0)" }
                for pod in pods { cpu[pod, default: 0] += Int64.random(in: 0..<1000, using: &random) }
                try book.report(pods.map { ($0, cpu[$0] ?? 0) })
            default:
                let value = String(UInt32.random(in: 0 ... .max, using: &random))
                try book.set(stream, ["data": ["v": .string(value)], "status": ["seen": .string(value)]])
            }
        }
        try await book.project()
        let live = try await book.contents()
        #expect(live.count > 20, "seed \(seed)")
        for projection in try await book.tables.progress() {
            #expect(projection.checkpoint == book.state.position)
            #expect(try await book.tables.rebuild(projection.name))
        }
        #expect(try await book.contents().isEmpty)
        try await book.project()
        #expect(try await book.contents() == live, "seed \(seed)")
        #expect(try await book.tables.progress().map(\.rebuilds).allSatisfy { $0 >= 1 })
    }

    @Test("the views show desired and actual state apart, as of the checkpoint")
    func views() async throws {
        let book = try await Book()
        try book.set("configmaps/shop/a", ["data": ["v": "1"]])
        try book.set("pods/shop/p", ["spec": ["nodeName": "n1"], "status": ["phase": "Running"]])
        try await book.project()
        try book.set("configmaps/shop/a", ["data": ["v": "2"]])
        try await book.commit()
        #expect(
            try await book.texts("SELECT object #>> '{data,v}' FROM purser.desired_state WHERE name = 'a'") == ["1"])
        #expect(try await book.texts("SELECT lag::text FROM purser.projections ORDER BY name") == ["1", "1"])
        try await book.project()
        #expect(
            try await book.texts("SELECT object #>> '{data,v}' FROM purser.desired_state WHERE name = 'a'") == ["2"])
        #expect(
            try await book.texts("SELECT name || ' ' || node || ' ' || phase FROM purser.actual_state") == [
                "p n1 Running"
            ])
        #expect(
            try await book.texts("SELECT (object ? 'status')::text FROM purser.desired_state WHERE name = 'p'") == [
                "false"
            ])
        #expect(
            try await book.texts("SELECT type || ' ' || caller FROM purser.history WHERE name = 'a' ORDER BY position")
                == ["ConfigMapCreated tester", "ConfigMapUpdated tester"])
    }

    @Test("an object that jsonb cannot hold is null, and those beside it are written")
    func unrepresentable() async throws {
        let book = try await Book()
        try book.set("configmaps/shop/a", ["data": ["v": "\0"]])
        try book.set("configmaps/shop/b", ["data": ["v": "\\u0000"]])
        try await book.project()
        #expect(
            try await book.texts(
                "SELECT name || coalesce(object #>> '{data,v}', ' null') FROM purser.desired_state ORDER BY name")
                == ["a null", "b\\u0000"])
    }

    @Test(
        "the reader sees the views and nothing else",
        arguments: [
            "log.events", "log.keys", "log.head", "projection.objects", "projection.usage", "log.subscriptions",
        ]
    )
    func reader(_ table: String) async throws {
        let book = try await Book()
        try book.set("configmaps/shop/a", ["data": [:]])
        try await book.project()
        for view in ["desired_state", "actual_state", "history", "usage", "projections"] {
            _ = try await book.texts("SELECT count(*)::text FROM purser.\(view)", user: "purser_reader")
        }
        #expect(try await book.texts("SELECT name FROM purser.history", user: "purser_reader") == ["a"])
        for sql in ["SELECT 'x' FROM \(table)", "DELETE FROM \(table)", "DELETE FROM purser.usage"] {
            let error = await #expect(throws: PostgresError.self) {
                _ = try await book.texts(sql, user: "purser_reader")
            }
            #expect(error?.sqlState == "42501", "\(sql)")
        }
    }

    @Test("only one session writes at a time")
    func oneWriter() async throws {
        let book = try await Book()
        try await book.session.lock()
        let other = ProjectionSession(book.cluster.conninfo(database: book.database, user: "purser"))
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await other.lock() }
                try await Task.sleep(for: .milliseconds(50))
                group.cancelAll()
                try await group.waitForAll()
            }
        }
        book.session.close()
        try await other.lock()
    }
}
