import Domain

extension Upcaster {
    /// The events in their present form, their envelopes and leaves as they were recorded.
    public func present(_ recorded: [RecordedEvent]) throws(EventLogError) -> [RecordedEvent] {
        var events = recorded
        for index in events.indices where isEarlierOrNewer(events[index].event.version, events[index].event.type) {
            let event = events[index].event
            events[index].event.payload = try payload(
                event.payload, event.type, event.version, position: events[index].position)
            events[index].event.version = version(of: event.type)
        }
        return events
    }

    public func present(_ recorded: [ReplayRow]) throws(EventLogError) -> [ReplayRow] {
        var rows = recorded
        for index in rows.indices where isEarlierOrNewer(rows[index].version, rows[index].type) {
            let row = rows[index]
            rows[index].payload = try payload(row.payload, row.type, row.version, position: row.position)
            rows[index].version = version(of: row.type)
        }
        return rows
    }

    private func isEarlierOrNewer(_ version: Int, _ type: String) -> Bool { version != self.version(of: type) }

    private func payload(_ payload: [UInt8], _ type: String, _ version: Int, position: Position) throws(EventLogError)
        -> [UInt8]
    {
        do throws(UpcastError) { return try self.payload(payload, type: type, version: version) } catch {
            switch error {
            case .tooNew: throw .tooNew("position \(position): \(error)")
            case .malformed: throw .corrupt("position \(position): \(error)")
            }
        }
    }
}
