/// A statement that a connection prepares when it first runs it.
public struct PostgresStatement: Sendable, Hashable {
    /// Unique among the statements of a connection.
    public let name: String
    public let sql: String
    public init(_ name: String, _ sql: String) { (self.name, self.sql) = (name, sql) }
}

/// One connection to PostgreSQL with a thread of its own, always in libpq's pipeline mode.
///
/// Statements of many tasks share it: they are sent as they come and answered in order, each in a transaction of its
/// own. A connection that was lost stays lost; its owner makes another one.
public final class PostgresConnection: Sendable {
    private let queue = RequestQueue()

    /// Starts to connect and returns at once; statements wait for the connection.
    /// - Parameters:
    ///   - conninfo: any form that libpq takes (`host=… dbname=…` or a URI), several hosts included.
    ///   - setup: SQL that runs before the first statement, such as `SET synchronous_commit = on`.
    public init(_ conninfo: String, setup: [String] = []) {
        let queue = queue
        let started = DedicatedThread.start { PipelineSession.run(conninfo, setup: setup, queue: queue) }
        if !started { queue.end("no thread could be started") }
    }

    deinit { queue.beginClosing() }

    /// True once it was closed or lost: it takes no more statements.
    public var isClosed: Bool { queue.isClosed }

    /// Closes it after what was sent has been answered.
    public func close() { queue.beginClosing() }

    /// Runs one statement in its own transaction. Cancelling the task cancels it where nothing else is in flight.
    public func execute(_ statement: PostgresStatement, _ values: [PostgresValue] = [])
        async throws(PostgresError) -> PostgresResult
    {
        if Task.isCancelled { throw .cancelled }
        let id = queue.nextID()
        let parameters = EncodedParameters(values)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.push(
                    Request(id: id, statement: statement, parameters: parameters, continuation: continuation))
            }
        } onCancel: {
            queue.cancel(id)
        }
        if case .failure(let error) = result, error.sqlState == "57014", Task.isCancelled { throw .cancelled }
        return try result.get()
    }
}
