import ControlPlane
import EventLog
import KubeModel

extension PurserEndpoints {
    /// How far the read tables are behind the log.
    func projections() async throws(KubeStatus) -> JSON {
        let tables = try readTables()
        let end = cluster.state.position
        let progress = try await log { try await tables.progress() }
        let items = progress.map { projection -> JSON in
            [
                "name": .string(projection.name), "position": .int(projection.checkpoint),
                "lag": .int(max(0, end - projection.checkpoint)), "rebuilds": .int(projection.rebuilds),
            ]
        }
        return ["position": .int(end), "items": .array(items)]
    }

    /// Empties the read table that is named, or all; they are written again from the log.
    func rebuildProjection(_ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        let tables = try readTables()
        let named = try handler.body(call, nil).string("name")
        let names = try await log { try await tables.progress() }.map(\.name)
        if let named, !names.contains(named) {
            throw KubeStatus(
                code: 404, reason: "NotFound",
                message: "there is no projection \"\(named)\"; there are \(names.joined(separator: ", "))")
        }
        for name in named.map({ [$0] }) ?? names { _ = try await log { try await tables.rebuild(name) } }
        try await handler.recordServed(call, code: 200)
        response.send(.json(try await projections()))
    }

    private func readTables() throws(KubeStatus) -> any ReadTables {
        guard let tables = handler.tables else {
            throw KubeStatus(code: 404, reason: "NotFound", message: "this server writes no read tables")
        }
        return tables
    }
}
