import CommandHandling
import ControlPlane
import Domain
import EventLog
import KubeMachinery
import KubeModel
import Logging

/// The Kubernetes API: authenticates, authorises, answers, and sees to it that every call leaves its event.
public struct APIHandler: RequestHandler {
    let cluster: Cluster
    let writer: Writer
    let sealer: SecretSealer?
    let authenticator: RequestAuthenticator
    let authorizer: any Authorizer
    let nodes: (any NodeConnecting)?
    var usage: UsageBook { cluster.usage }
    let tables: (any ReadTables)?
    let subscriptions: (any SubscriptionTable)?
    let keys: (any KeyTable)?
    let persons: PersonNames?
    let recordsReadsDurably: Bool
    let auditPolicy: AuditPolicy
    let cosignatures: CosignatureIntake?
    private let documentCache = DocumentCache()
    let reads: ResourceReads
    let refusals: RefusalAggregator
    let simulations = SimulationRoom()
    let logger: Logger

    public init(
        cluster: Cluster, writer: Writer, sealer: SecretSealer?,
        authenticator: RequestAuthenticator, authorizer: any Authorizer, nodes: (any NodeConnecting)?,
        tables: (any ReadTables)? = nil,
        subscriptions: (any SubscriptionTable)? = nil, keys: (any KeyTable)? = nil,
        persons: PersonNames? = nil, recordsReadsDurably: Bool = false,
        auditPolicy: AuditPolicy = .everything, cosignatures: CosignatureIntake? = nil, logger: Logger
    ) {
        (self.cluster, self.writer, self.sealer) = (cluster, writer, sealer)
        (self.authenticator, self.authorizer, self.nodes) = (authenticator, authorizer, nodes)
        (self.tables, self.subscriptions, self.keys, self.persons) = (tables, subscriptions, keys, persons)
        (self.recordsReadsDurably, self.logger) = (recordsReadsDurably, logger)
        (self.auditPolicy, self.cosignatures) = (auditPolicy, cosignatures)
        reads = ResourceReads(cluster: cluster, sealer: sealer, pages: ListPages())
        refusals = RefusalAggregator(cluster: cluster)
    }

    /// The kinds that are served now.
    var registry: Registry { cluster.registry }
    var documents: APIDocuments { documentCache.documents(of: registry) }

    /// The kind that a path names. Purser's own kinds are found without looking at the definitions of others.
    func servedType(_ resource: ResourceRequest) -> ResourceType? {
        func type(in registry: Registry) -> ResourceType? {
            registry.type(group: resource.group, version: resource.version, plural: resource.resource)
        }
        return type(in: .builtIn) ?? type(in: registry)
    }

    /// The hot path: one object, now, as plain JSON, and health.
    public func handleImmediately(_ request: HTTPRequest) -> HTTPResponse? {
        guard request.method == "GET", !recordsReadsDurably else { return nil }
        if let response = APIDocuments.health(request.path) { return response }
        guard request.rawQuery.isEmpty, let identity = request.connection.peer?.identity,
            request.headers["impersonate-user"] == nil, Self.isPlainJSON(request.headers["accept"])
        else { return nil }
        let route = RequestRoute.parse(method: request.method, path: request.path)
        guard case .resource(let resource) = route, resource.verb == .get, resource.subresource.isEmpty,
            let type = servedType(resource), type.groupResource != .secrets, type.showsAsStored,
            let object = cluster.state[type.key(namespace: resource.namespace, name: resource.name)],
            case .allow = authorizer.decide(identity, RequestAttributes(route)),
            let subject = self.subject(ofKnown: identity)
        else { return nil }
        let call = APICall(
            request: request, identity: identity, callID: cluster.newCallID(), route: route, subject: subject)
        if auditPolicy.keeps(identity, RequestAttributes(route)) {
            guard cluster.sequencer.record(call.record(code: 200)) else { return .failure(Self.recordQueueFull) }
        }
        return .json(object.servedBytes)
    }

    private static func isPlainJSON(_ accept: String?) -> Bool {
        accept == nil || accept == HTTPResponse.json || accept == "*/*"
    }

    static let recordQueueFull = KubeStatus.serviceUnavailable(
        "the event log is behind and no further read can be recorded; try again")

    public func handle(_ request: HTTPRequest, _ response: any ResponseWriter) async {
        let route = RequestRoute.parse(request)
        let callID = cluster.newCallID()
        var call = APICall(request: request, identity: .anonymous, callID: callID, route: route)
        do throws(KubeStatus) {
            let authentication = try authenticator.authenticate(request)
            let subject = try await persons?.subject(of: authentication.identity.name)
            call = APICall(
                request: request, identity: authentication.identity, callID: callID, route: route, subject: subject)
            var attributes = RequestAttributes(route)
            attributes.isOfPast = request.query["at"]?.isEmpty == false
            try authorizer.authorize(authentication.identity, attributes)
            switch route {
            case .nonResource(let path, let verb): try await serveDocument(path, verb: verb, call, response)
            case .resource(let resource):
                if resource.group == PurserEndpoints.group {
                    try await PurserEndpoints(handler: self).serve(resource, call, response)
                } else if resource.group == MetricsEndpoints.group {
                    try await MetricsEndpoints(handler: self).serve(resource, call, response)
                } else {
                    try await serve(resource, call, response)
                }
            }
        } catch {
            refuse(call, error, response)
        }
    }

    /// What events call somebody, if that need not be looked up.
    private func subject(ofKnown identity: Identity) -> String? {
        guard let persons else { return identity.name }
        return persons.subject(ofKnown: identity.name)
    }

    /// Answers a refusal: its event first, or 503 in its place. Unauthenticated calls are counted up, not listed.
    private func refuse(_ call: APICall, _ status: KubeStatus, _ response: any ResponseWriter) {
        if status.code == 401 {
            refusals.count(call, status)
            return response.send(.failure(status))
        }
        let record = call.record(code: status.code, reason: status.reason, message: redacted(status, call))
        guard cluster.sequencer.record(record) else { return response.send(.failure(Self.recordQueueFull)) }
        response.send(.failure(status))
    }

    public func recordRefusal(of request: HTTPRequest, _ status: KubeStatus) {
        let identity = try? authenticator.authenticate(request).identity
        let subject = identity.flatMap { self.subject(ofKnown: $0) }
        let call = APICall(
            request: request, identity: subject == nil ? .anonymous : identity ?? .anonymous,
            callID: cluster.newCallID(), route: RequestRoute.parse(request), subject: subject)
        // Whoever has no credentials could otherwise fill the log; of who was never heard before, nothing is kept yet.
        guard subject != nil else { return refusals.count(call, status) }
        _ = cluster.sequencer.record(call.record(code: status.code, reason: status.reason, message: status.message))
    }

    /// A refusal of a Secret may quote its values, so the event keeps the reason only.
    private func redacted(_ status: KubeStatus, _ call: APICall) -> String {
        call.stream.hasPrefix("secrets") ? "" : status.message
    }

    /// Records a read, or a write that changed nothing, before it is answered.
    /// The audit policy may leave a read out, never a write.
    func recordServed(_ call: APICall, code: Int) async throws(KubeStatus) {
        if call.isRead, !auditPolicy.keeps(call.identity, call.attributes) { return }
        let record = call.record(code: code)
        let isRecorded =
            if recordsReadsDurably { await cluster.sequencer.recordDurably(record) } else {
                cluster.sequencer.record(record)
            }
        guard isRecorded else { throw Self.recordQueueFull }
    }

    /// What the API says about itself, now or as of the moment that the call names.
    func documents(_ call: APICall) async throws(KubeStatus) -> APIDocuments {
        guard let past = try await reads.position(try call.request.query.asOf()) else { return documents }
        return APIDocuments(
            registry: try await reads.log { try await PastKinds(cluster.history).registry(at: past) })
    }

    private func serveDocument(_ path: String, verb: String, _ call: APICall, _ response: any ResponseWriter)
        async throws(KubeStatus)
    {
        guard verb == "get" || verb == "head" else { throw .methodNotAllowed() }
        let document = try await documents(call).response(path, call.request)
        if APIDocuments.health(path) == nil { try await recordServed(call, code: document.status) }
        response.send(document)
    }
}
