import Synchronization

/// A few connections to one database, made when they are first needed and made anew when they were lost.
public final class PostgresPool: Sendable {
    private struct State {
        var connections: [PostgresConnection?]
        var next = 0
        var isClosed = false
    }

    private let conninfo: String
    private let setup: [String]
    private let state: Mutex<State>

    /// - Parameter size: the number of connections; statements go to them in turn and are pipelined there.
    public init(_ conninfo: String, size: Int = 1, setup: [String] = []) {
        (self.conninfo, self.setup) = (conninfo, setup)
        state = Mutex(State(connections: Array(repeating: nil, count: max(size, 1))))
    }

    /// Runs a statement on one of the connections.
    /// - Parameter isRepeatable: true for statements that may run twice, such as reads: they are tried once more on a
    ///   new connection if theirs was lost.
    public func execute(_ statement: PostgresStatement, _ values: [PostgresValue] = [], isRepeatable: Bool = false)
        async throws(PostgresError) -> PostgresResult
    {
        let connection = connection()
        do {
            return try await connection.execute(statement, values)
        } catch {
            switch error {
            // A standby, or a server that goes down: another host may take over, which only a new connection finds.
            case .server("25006", _, _): connection.close()
            case .notSent, .outcomeUnknown:
                // Its thread may not have noticed the loss yet; nobody is to be given this connection again.
                connection.close()
                if isRepeatable { return try await self.connection().execute(statement, values) }
            default: break
            }
            throw error
        }
    }

    /// Closes all connections after what was sent has been answered.
    public func close() {
        let connections = state.withLock { state in
            state.isClosed = true
            return state.connections
        }
        for connection in connections { connection?.close() }
    }

    private func connection() -> PostgresConnection {
        state.withLock { state in
            state.next = (state.next + 1) % state.connections.count
            if let connection = state.connections[state.next], state.isClosed || !connection.isClosed {
                return connection
            }
            let connection = PostgresConnection(conninfo, setup: setup)
            if state.isClosed { connection.close() }
            state.connections[state.next] = connection
            return connection
        }
    }
}
