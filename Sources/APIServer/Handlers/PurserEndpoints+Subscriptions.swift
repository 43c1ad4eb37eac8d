import ControlPlane
import Domain
import EventLog
import KubeModel

extension PurserEndpoints {
    /// `subscriptions`, `subscriptions/NAME`, `subscriptions/NAME/events` and `subscriptions/NAME/acknowledgements`.
    func serveSubscriptions(_ resource: ResourceRequest, _ call: APICall, _ response: any ResponseWriter)
        async throws(KubeStatus)
    {
        guard let table = handler.subscriptions else { throw .noSuchPath() }
        switch (resource.verb, resource.subresource) {
        case (.list, ""):
            let all = try await log { try await table.subscriptions() }
            try await served(["items": .array(all.map(json))], call, response)
        case (.get, ""): try await served(json(try await subscription(resource.name, table)), call, response)
        case (.create, ""): try await served(json(try await subscribe(call, table)), call, response, code: 201)
        case (.delete, ""):
            let wasThere = try await log { try await table.removeSubscription(resource.name) }
            guard wasThere else { throw Self.noSubscription(resource.name) }
            try await served(["name": .string(resource.name)], call, response)
        case (.create, "acknowledgements"):
            try await acknowledge(resource.name, call, table)
            try await served(json(try await subscription(resource.name, table)), call, response)
        case (.get, "events"):
            let subscription = try await subscription(resource.name, table)
            try await handler.recordServed(call, code: 200)
            try await SubscriptionFeed(cluster: cluster, subscription: subscription, request: call.request)
                .run(response)
        default: throw .noSuchPath()
        }
    }

    private func served(_ answer: JSON, _ call: APICall, _ response: any ResponseWriter, code: Int = 200)
        async throws(KubeStatus)
    {
        try await handler.recordServed(call, code: code)
        response.send(.json(answer, status: code))
    }

    private func subscription(_ name: String, _ table: any SubscriptionTable) async throws(KubeStatus) -> Subscription {
        guard let found = try await log({ try await table.subscription(name) }) else { throw Self.noSubscription(name) }
        return found
    }

    private static func noSubscription(_ name: String) -> KubeStatus {
        KubeStatus(
            code: 404, reason: "NotFound",
            message: "there is no subscription \"\(name)\"; make it with POST subscriptions or `purser subscribe`",
            name: name)
    }

    /// Makes a subscription. One of its name stays where it is unless `from` says otherwise, and keeps its filter where
    /// none is stated.
    private func subscribe(_ call: APICall, _ table: any SubscriptionTable) async throws(KubeStatus) -> Subscription {
        let body = try handler.body(call, nil)
        guard let name = body.string("name"), Self.isName(name) else {
            throw .badRequest(
                "a subscription has a \"name\" of at most 63 letters, digits, dots and dashes; \"from\" is a position or "
                    + "a time, and \"filter\" holds namespace, resource, types, caller, verb and reads")
        }
        if let unknown = body.objectValue?.names.first(where: { !["name", "from", "filter"].contains($0) }) {
            throw .badRequest("a subscription has no \"\(unknown)\", but \"name\", \"from\" and \"filter\"")
        }
        let live = try await log { try await table.subscription(name) }
        let stated = try body["filter"].map { json throws(KubeStatus) in try self.filter(json) }
        let filter = stated ?? live?.filter ?? EventQuery()
        let asked = try await handler.reads.position(
            try body["from"].map(Self.text).map { text throws(KubeStatus) in
                try AsOf(text)
            })
        if let live, live.filter == filter, asked == nil { return live }
        if live != nil, asked == nil {
            throw KubeStatus(
                code: 409, reason: "Conflict",
                message:
                    "subscription \"\(name)\" has another filter; state \"from\" to begin anew, or take another name",
                name: name)
        }
        let now = cluster.clock.now
        let subscription = Subscription(
            name: name, filter: filter, position: asked ?? cluster.state.position, createdAt: live?.createdAt ?? now,
            updatedAt: now)
        try await log { try await table.store(subscription) }
        return subscription
    }

    /// A filter that was understood wholly: one that admits more or other than was meant would never be noticed.
    private func filter(_ json: JSON) throws(KubeStatus) -> EventQuery {
        let filter = EventQuery(json: json)
        let stated = json.objectValue?.reduce(into: JSON.object([:])) { stated, member in
            if !["", false, []].contains(member.value) { stated[member.key] = member.value }
        }
        guard filter.json == stated else {
            throw .badRequest(
                "of the filter \(json.canonicalText) only \(filter.json.canonicalText) is understood: it holds texts "
                    + "\"namespace\", \"resource\" (deployments.apps), \"caller\" and \"verb\", a list \"types\", and "
                    + "\"reads\": true")
        }
        return try filter.checked(against: cluster.registry)
    }

    private static func text(_ json: JSON) -> String { json.stringValue ?? json.canonicalText }

    private static func isName(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x2D || $0 == 0x2E
            }
    }

    private func acknowledge(_ name: String, _ call: APICall, _ table: any SubscriptionTable) async throws(KubeStatus) {
        guard let position = try handler.body(call, nil).int("position"), position >= 0 else {
            throw .badRequest("an acknowledgement states the \"position\" of the last event that was taken in")
        }
        let end = cluster.state.position
        guard position <= end else {
            throw .badRequest("position \(position) cannot have been taken in: the log ends at \(end)")
        }
        let wasThere = try await log {
            try await table.acknowledge(name, position: position, at: cluster.clock.now)
        }
        guard wasThere else { throw Self.noSubscription(name) }
    }

    private func json(_ subscription: Subscription) -> JSON {
        var json = subscription.json
        json["lag"] = .int(max(0, cluster.state.position - subscription.position))
        return json
    }
}
