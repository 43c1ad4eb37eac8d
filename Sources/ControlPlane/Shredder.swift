import CommandHandling
import Domain
import EventLog
import KubeModel

/// Destroys what stands in the key table beside the log, so that what it sealed can never be read again, wherever
/// copies of the log lie. The log itself stays as it is.
public struct Shredder: Sendable {
    let cluster: Cluster
    let sealer: SecretSealer?
    let keys: any KeyTable
    private static let pageSize = 500

    public init(cluster: Cluster, sealer: SecretSealer?, keys: any KeyTable) {
        (self.cluster, self.sealer, self.keys) = (cluster, sealer, keys)
    }

    /// What was destroyed, and the event that says so.
    public struct Shredding: Sendable {
        /// What was still there.
        public var ids: [String]
        public var position: Position
    }

    /// Destroys the keys of every Secret that ever had a name.
    public func shredSecret(_ secret: ObjectKey, origin: CallOrigin) async throws(KubeStatus) -> Shredding {
        var uids: Set<String> = []
        var after: Position = 0
        while true {
            let events = try await log {
                try await cluster.log.readStream(
                    secret.description, after: after, through: cluster.state.position, limit: Self.pageSize,
                    newestFirst: false)
            }
            // Every Secret began with its whole form.
            for event in events where event.event.isKeyframe {
                let object = try? JSON(parsing: event.event.payload)
                if let uid = object?.string("metadata", "uid") { uids.insert(uid) }
            }
            guard events.count == Self.pageSize, let last = events.last else { break }
            after = last.position
        }
        guard !uids.isEmpty else { throw .notFound(.secrets, name: secret.name) }
        let ids = uids.map(SecretSealer.keyID).sorted()
        let standing = try await log { () async throws in
            var standing: [String] = []
            for id in ids where try await keys.key(id: id) != nil { standing.append(id) }
            return standing
        }
        let position = try await shred(ids, of: secret.description, origin: origin)
        return Shredding(ids: standing, position: position)
    }

    /// Destroys a person's name and salt. What they did stays in the log, by somebody without a name.
    public func shredPerson(_ name: String, _ persons: PersonNames, origin: CallOrigin) async throws(KubeStatus)
        -> Shredding
    {
        guard let entry = try await log({ try await keys.key(id: persons.id(of: name)) }) else {
            // The refusal is an event, too: it must not tell the name that is to be forgotten.
            throw KubeStatus(
                code: 404, reason: "NotFound",
                message: "nobody of that name is in the record: they never called, or were shredded before")
        }
        let commitment = Person.commitment(entry)
        let position = try await shred([commitment], of: "persons", origin: origin)
        persons.forget([commitment])
        return Shredding(ids: [commitment], position: position)
    }

    /// The event first: whoever reads the log from then on destroys what is left, should this server end in between.
    func shred(_ ids: [String], of stream: String, origin: CallOrigin) async throws(KubeStatus) -> Position {
        let payload: JSON = ["ids": .array(ids.map { .string($0) })]
        let event = Event(
            stream: stream, revision: 0, type: EventCatalogue.keysDestroyed, isKeyframe: false,
            payload: payload.canonicalBytes, caller: origin.caller, callID: origin.callID, ordinal: 0)
        switch await cluster.sequencer.submit(event) {
        case .committed: break
        case .unknown(let reason): throw .timeout(reason)
        case .rejected(let status): throw status
        default: throw .serviceUnavailable("the event log cannot be reached; nothing was destroyed, try again")
        }
        sealer?.shred(ids)
        try await log { for id in ids { try await keys.destroy(id: id) } }
        return try await log { try await cluster.log.lookUp(origin.callID) }.first?.position ?? 0
    }

    private func log<Result>(_ body: () async throws -> Result) async throws(KubeStatus) -> Result {
        do { return try await body() } catch {
            throw .serviceUnavailable("the key table or the log cannot be reached: \(error); repeat the call")
        }
    }

    /// The ids that a `KeysDestroyed` event names.
    static func ids(in event: Event) -> [String] {
        (try? JSON(parsing: event.payload))?.array("ids").compactMap(\.stringValue) ?? []
    }

    /// Destroys what the log says was destroyed: what a server left that ended in between, or what a restored key
    /// table brought back. Run before anything is opened.
    public static func repeatAll(_ log: any EventLog, keys: any KeyTable, sealer: SecretSealer?)
        async throws(EventLogError)
    {
        let query = EventQuery(types: [EventCatalogue.keysDestroyed], includesReads: true)
        var page = EventPage([], after: 0, through: try await log.head().position)
        while !page.isLast {
            page = try await log.find(
                query, after: page.after, through: page.through, limit: pageSize, newestFirst: false)
            for event in page.events {
                let ids = ids(in: event.event)
                sealer?.shred(ids)
                for id in ids { try await keys.destroy(id: id) }
            }
        }
    }
}
