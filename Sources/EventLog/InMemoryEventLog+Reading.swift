import Domain
import KubeModel

extension InMemoryEventLog {
    public func read(after: Position, limit: Int, filter: EventFilter) async throws(EventLogError) -> [RecordedEvent] {
        try upcaster.present(
            storage.withLock { storage in
                Array(storage.events(after: after).lazy.filter { filter.admits($0.event) }.prefix(limit))
            })
    }

    public func stored(after: Position, limit: Int) async throws(EventLogError) -> [StoredEvent] {
        storage.withLock { storage in storage.events(after: after).prefix(limit).map(StoredEvent.init) }
    }

    public func readStream(
        _ stream: String, after: Position, through: Position, limit: Int, newestFirst: Bool, filter: EventFilter
    ) async throws(EventLogError) -> [RecordedEvent] {
        try upcaster.present(
            storage.withLock { storage in
                let positions = storage.streams[stream, default: []].filter { $0 > after && $0 <= through }
                let events = storage.events
                return (newestFirst ? positions.reversed() : positions).lazy.map { events[Int($0) - 1] }
                    .filter { filter.admits($0.event) }.prefix(limit).map { $0 }
            })
    }

    public func readStreams(prefix: String, after: Position, through: Position, limit: Int, filter: EventFilter)
        async throws(EventLogError) -> [RecordedEvent]
    {
        try upcaster.present(
            storage.withLock { storage in
                Array(
                    storage.events(after: after).lazy.prefix { $0.position <= through }
                        .filter { $0.event.stream.hasPrefix(prefix) && filter.admits($0.event) }.prefix(limit))
            })
    }

    public func streams(prefix: String, through: Position) async throws(EventLogError) -> [String] {
        storage.withLock { storage in
            storage.streams.filter { stream, positions in
                stream.hasPrefix(prefix)
                    && positions.contains { $0 <= through && storage.events[Int($0) - 1].event.changesState }
            }.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    public func find(_ query: EventQuery, after: Position, through: Position, limit: Int, newestFirst: Bool)
        async throws(EventLogError) -> EventPage
    {
        let found = storage.withLock { storage in
            let range = storage.events(after: after).prefix { $0.position <= through }
            return newestFirst
                ? Array(range.reversed().lazy.filter { query.admits($0.event) }.prefix(limit))
                : Array(range.lazy.filter { query.admits($0.event) }.prefix(limit))
        }
        return EventPage(
            try upcaster.present(found), limit: limit, after: after, through: through, newestFirst: newestFirst)
    }

    public func liveStreams(prefix: String, at position: Position) async throws(EventLogError) -> [String] {
        let names = try await streams(prefix: prefix, through: position)
        return storage.withLock { storage in
            names.filter { name in
                storage.changes(of: name, through: position).last.map { !EventCatalogue.ends($0.event.type) } ?? false
            }
        }
    }

    public func changedStreams(prefixes: [String], after: Position, through: Position) async throws(EventLogError)
        -> [String]
    {
        storage.withLock { storage in
            let events = storage.events(after: after).prefix { $0.position <= through }.map(\.event)
            return Set(events.filter(\.changesState).map(\.stream)).filter { prefixes.contains(where: $0.hasPrefix) }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    public func forms(_ moments: [StreamMoment]) async throws(EventLogError) -> [[ReplayRow]] {
        let stored = storage.withLock { storage in
            moments.map { moment in
                let changes = storage.changes(of: moment.stream, through: moment.position)
                let revision = changes.last?.event.revision ?? 0
                let start = revision - revision % ClusterState.keyframeInterval
                let run = changes.filter { $0.event.revision >= start }
                let parts = ChangedMembers.parts(run.map { ChangedMembers($0.event) })
                return zip(run, parts).filter(\.1).map { ReplayRow($0.0) }
            }
        }
        var forms: [[ReplayRow]] = []
        for rows in stored { forms.append(try upcaster.present(rows)) }
        return forms
    }

    public func replay(after: Position, through: Position, _ body: @Sendable ([ReplayRow]) async throws -> Void)
        async throws
    {
        var after = after
        while after < through {
            let page = storage.withLock { $0.events(after: after).prefix { $0.position <= through }.prefix(1000) }
            guard let last = page.last?.position else { return }
            let rows = try upcaster.present(page.filter(\.event.changesState).map { ReplayRow($0) })
            if !rows.isEmpty { try await body(rows) }
            after = last
        }
    }

    public func position(at time: Timestamp) async throws(EventLogError) -> Position {
        storage.withLock { storage in
            var (low, high) = (0, storage.events.count)
            while low < high {
                let middle = (low + high) / 2
                if storage.events[middle].recordedAt <= time { low = middle + 1 } else { high = middle }
            }
            return Position(low)
        }
    }
}

extension InMemoryEventLog {
    public func leaves(_ range: ClosedRange<Position>) async throws(EventLogError) -> [[UInt8]] {
        storage.withLock { storage in
            storage.events(after: range.lowerBound - 1).prefix { $0.position <= range.upperBound }.map(\.leaf)
        }
    }

    public func tile(level: Int, index: Int64) async throws(EventLogError) -> [UInt8]? {
        storage.withLock { $0.tiles[TileKey(level: level, index: index)] }
    }

    public func store(tile: [UInt8], level: Int, index: Int64) async throws(EventLogError) {
        let stored = storage.withLock { storage -> [UInt8] in
            let key = TileKey(level: level, index: index)
            if let stored = storage.tiles[key] { return stored }
            storage.tiles[key] = tile
            return tile
        }
        guard stored == tile else { throw .corrupt("tile \(level)/\(index) is stored with other hashes") }
    }

    public func store(checkpoint note: [UInt8], size: Position, at: Timestamp) async throws(EventLogError) {
        storage.withLock { storage in
            guard !storage.checkpoints.contains(where: { $0.size == size }) else { return }
            storage.checkpoints.append((size, note))
            storage.checkpoints.sort { $0.size < $1.size }
        }
    }

    public func latestCheckpoint() async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        storage.withLock { $0.checkpoints.last }
    }

    public func checkpoint(from size: Position) async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        storage.withLock { $0.checkpoints.first { $0.size >= size } }
    }

    public func store(cosignature line: String, of witness: String, size: Position) async throws(EventLogError) {
        let isStored = storage.withLock { storage in
            guard storage.checkpoints.contains(where: { $0.size == size }) else { return false }
            if storage.cosignatures[size]?[witness] == nil { storage.cosignatures[size, default: [:]][witness] = line }
            return true
        }
        guard isStored else { throw .refused("no tree head of size \(size) was signed") }
    }

    public func cosignatures(size: Position) async throws(EventLogError) -> [String] {
        storage.withLock { ($0.cosignatures[size] ?? [:]).sorted { $0.key < $1.key }.map(\.value) }
    }

    public func latestCosignedCheckpoint() async throws(EventLogError) -> (size: Position, note: [UInt8])? {
        storage.withLock { storage in storage.checkpoints.last { storage.cosignatures[$0.size] != nil } }
    }

    public func store(snapshot: [UInt8], position: Position) async throws(EventLogError) {
        storage.withLock { storage in
            storage.snapshots.removeAll { $0.position == position }
            storage.snapshots.append((position, snapshot))
            storage.snapshots.sort { $0.position < $1.position }
        }
    }

    public func latestSnapshot(through: Position) async throws(EventLogError) -> (position: Position, bytes: [UInt8])? {
        storage.withLock { $0.snapshots.last { $0.position <= through } }
    }
}

extension InMemoryEventLog.Storage {
    func events(after: Position) -> ArraySlice<RecordedEvent> {
        events[min(max(Int(after), 0), events.count)...]
    }

    /// The state-changing events of a stream, rising.
    func changes(of stream: String, through: Position) -> [RecordedEvent] {
        streams[stream, default: []].filter { $0 <= through }.map { events[Int($0) - 1] }.filter(\.event.changesState)
    }
}

extension EventFilter {
    func admits(_ event: Event) -> Bool { self == .all || event.changesState }
}

extension ReplayRow {
    init(_ recorded: RecordedEvent) {
        let event = recorded.event
        self.init(
            position: recorded.position, recordedAt: recorded.recordedAt, stream: event.stream,
            revision: event.revision, type: event.type, version: event.version, isKeyframe: event.isKeyframe,
            payload: event.payload)
    }
}
