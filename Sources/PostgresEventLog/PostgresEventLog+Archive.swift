import Domain
import EventLog
import Postgres

extension PostgresEventLog {
    /// Takes the bytes of a full segment's events out of the database. Everything else about them stays, and readers see
    /// no moment without them. Only for the log's owner, and only once the segment's file is durable and was checked.
    ///
    /// The server may run meanwhile: it waits for the last step, which takes a fraction of a second and begins only when
    /// nobody has to be waited for.
    /// - Parameter segment: with its file in the archive.
    /// - Throws: `refused` where the segment is open, was archived before, or has not one event for each position.
    public func archive(_ segment: LogSegment) async throws(EventLogError) {
        guard let file = segment.file, let sha256 = segment.sha256 else {
            throw .refused("the segment \(segment.first) to \(segment.last) has no file in an archive")
        }
        guard try await segments().contains(LogSegment(segment.first...segment.last)) else {
            throw .refused("\(segment.first) to \(segment.last) is no segment of the log, or was archived before")
        }
        _ = try await write(Self.prepareArchived, [.int8(segment.first)])
        // Frozen and analysed at once: nothing will ever change in it.
        let name = "log.archived_\(segment.first)"
        _ = try await write(PostgresStatement("vacuum_\(name)", "VACUUM (FREEZE, ANALYZE) \(name)"), [])
        let values: [PostgresValue] = [.int8(segment.first), .text(file), .bytea(sha256)]
        var triesLeft = Self.archiveTries
        while true {
            do {
                _ = try await writer.execute(Self.archiveSegment, values)
                return
            } catch {
                triesLeft -= 1
                guard error.sqlState == Self.lockNotAvailable, triesLeft > 0 else { throw EventLogError(error) }
            }
            do { try await Task.sleep(for: .milliseconds(500)) } catch { throw .unavailable("cancelled") }
        }
    }

    private static let lockNotAvailable = "55P03"
    /// Two minutes: longer than reads take, except for dumps of the database.
    private static let archiveTries = 240

    /// What a result's rows lack because their segments are archived, by position.
    /// - Parameters:
    ///   - position: the column of the position.
    ///   - payload: the column that is null in archived rows.
    func archived(in result: PostgresResult, position: Int = 0, payload: Int) async throws(EventLogError)
        -> [Position: ArchivedEvent]
    {
        let missing = try decode { () throws(PostgresError) in
            var missing: [Position] = []
            for row in result where row.isNull(payload) { missing.append(try row.int8(position)) }
            return missing
        }
        return missing.isEmpty ? [:] : try await archivedEvents(at: Set(missing).sorted())
    }

    private func archivedEvents(at positions: [Position]) async throws(EventLogError) -> [Position: ArchivedEvent] {
        var found: [Position: ArchivedEvent] = [:]
        var rest = positions[...]
        while let first = rest.first {
            let segment = try await archivedSegment(of: first)
            let inside = Array(rest.prefix { $0 <= segment.last })
            rest = rest.dropFirst(inside.count)
            guard let archive else {
                throw .unavailable(
                    "the events \(segment.first) to \(segment.last) are archived in \(segment.file ?? ""), and this "
                        + "program was not told where the archive is: name its directory")
            }
            let events = try await archive.events(at: inside, of: segment)
            guard events.count == inside.count else {
                throw .corrupt("position \(first): the archive has \(events.count) of \(inside.count) events")
            }
            for (position, event) in zip(inside, events) { found[position] = event }
        }
        return found
    }

    private func archivedSegment(of position: Position) async throws(EventLogError) -> LogSegment {
        if let segment = knownSegment(of: position) { return segment }
        let segments = try await segments().filter { $0.file != nil }
        archived.withLock { $0 = segments }
        guard let segment = knownSegment(of: position) else {
            throw .corrupt("position \(position): the event has no bytes, and its segment no file")
        }
        return segment
    }

    private func knownSegment(of position: Position) -> LogSegment? {
        archived.withLock { $0.first { $0.first <= position && position <= $0.last } }
    }

    private static let prepareArchived = PostgresStatement("prepare_archived", "SELECT log.prepare_archived($1)")

    private static let archiveSegment = PostgresStatement("archive_segment", "SELECT log.archive_segment($1, $2, $3)")
}

extension PostgresRow {
    /// A column of bytes that archived rows do not have.
    func bytea(_ column: Int, or archived: [UInt8]?) throws(PostgresError) -> [UInt8] {
        if let archived, isNull(column) { return archived }
        return try bytea(column)
    }
}
