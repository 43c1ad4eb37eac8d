import Domain
import EventLog
import Postgres

extension PostgresEventLog {
    /// Takes the bytes of a full segment's events out of the database. Everything else about them stays, and readers see
    /// no moment without them. Only for the log's owner, and only once the segment's file is durable and was checked.
    ///
    /// The server may run meanwhile: it waits for the last step, which takes a fraction of a second and begins only when
    /// nobody has to be waited for.
    /// - Parameters:
    ///   - segment: with its file in the archive.
    ///   - patience: how long to wait for readers at most. Reads take less than a moment, except for dumps of the
    ///     database and whatever else keeps a transaction open.
    /// - Throws: `refused` where the segment is open, was archived before, or has not one event for each position;
    ///   `busy` where somebody read on for longer than that. Then nothing left the database.
    public func archive(_ segment: LogSegment, patience: Duration = .seconds(120)) async throws(EventLogError) {
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
        let end = ContinuousClock.now + patience
        while true {
            do {
                _ = try await writer.execute(Self.archiveSegment, values)
                return
            } catch {
                guard error.sqlState == Self.lockNotAvailable else { throw EventLogError(error) }
            }
            guard ContinuousClock.now < end else { throw .busy(try await reasonToWait(segment)) }
            do { try await Task.sleep(for: .milliseconds(500)) } catch { throw .unavailable("cancelled") }
        }
    }

    private static let lockNotAvailable = "55P03"

    /// Who holds the log's table for the longest time.
    private func reasonToWait(_ segment: LogSegment) async throws(EventLogError) -> String {
        let result = try await write(Self.findHolder, [])
        let holder = try decode { () throws(PostgresError) in
            guard let row = result.first else { return "others have been using the log's table all the time" }
            return "\(try row.text(0)) (process \(try row.int4(1)) of the database) has been using the log's table "
                + "for \(try row.int8(2)) s"
        }
        return "the segment \(segment.first) to \(segment.last) was not archived: \(holder)"
    }

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
                throw .archiveMissing(
                    "the events \(segment.first) to \(segment.last) are archived in \(segment.file ?? ""), and this "
                        + "program was not told where the archive is")
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

    /// Programs are known by the name they give themselves, the database's own workers by their kind.
    private static let findHolder = PostgresStatement(
        "find_holder",
        """
        SELECT coalesce(nullif(a.application_name, ''), a.backend_type, 'a program'), a.pid,
            coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::bigint
        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND l.relation IN (SELECT relid FROM pg_partition_tree('log.events'))
        ORDER BY a.xact_start LIMIT 1
        """)

    private static let archiveSegment = PostgresStatement("archive_segment", "SELECT log.archive_segment($1, $2, $3)")
}

extension PostgresRow {
    /// A column of bytes that archived rows do not have.
    func bytea(_ column: Int, or archived: [UInt8]?) throws(PostgresError) -> [UInt8] {
        if let archived, isNull(column) { return archived }
        return try bytea(column)
    }
}
