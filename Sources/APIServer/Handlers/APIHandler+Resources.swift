import CommandHandling
import ControlPlane
import Domain
import KubeMachinery
import KubeModel

extension APIHandler {
    func serve(_ resource: ResourceRequest, _ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        if resource.resource.isEmpty {
            let document = try await documents(call).response("/" + call.request.path.drop { $0 == "/" }, call.request)
            try await recordServed(call, code: document.status)
            return response.send(document)
        }
        guard let type = try await type(of: resource, call) else {
            if try await serveReview(resource, call, response) { return }
            throw .noSuchPath()
        }
        try checkServed(resource, type)
        switch resource.verb {
        case .get: try await get(resource, type, call, response)
        case .list: try await list(resource, type, call, response)
        case .watch: try await watch(resource, type, call, response)
        // Clients that speak SPDY post.
        case .create where ["exec", "attach", "portforward"].contains(resource.subresource):
            let pod = try await reads.get(key(resource, type), at: nil)
            try await connect(resource, pod, call, response)
        case .create, .update, .patch, .delete: try await write(resource, type, call, response)
        case .deleteCollection: try await deleteCollection(resource, type, call, response)
        case .none: throw .methodNotAllowed()
        }
    }

    /// The kind that a path names; for a look into the past also one that was served then.
    private func type(of resource: ResourceRequest, _ call: APICall) async throws(KubeStatus) -> ResourceType? {
        if let type = servedType(resource) { return type }
        guard resource.verb == .get || resource.verb == .list, resource.group.contains("."),
            let past = try await reads.position(try call.request.query.asOf())
        else { return nil }
        let registry = try await reads.log { try await PastKinds(cluster.history).registry(at: past) }
        return registry.type(group: resource.group, version: resource.version, plural: resource.resource)
    }

    private func checkServed(_ resource: ResourceRequest, _ type: ResourceType) throws(KubeStatus) {
        if !resource.subresource.isEmpty {
            guard let subresource = type.subresource(resource.subresource) else { throw .noSuchPath() }
            guard subresource.verbs.contains(resource.verb.rawValue) else { throw .methodNotAllowed() }
            return
        }
        guard type.verbs.contains(resource.verb.rawValue) else { throw .methodNotAllowed() }
        let isNamedByNamespace = type.groupResource == .namespaces
        if !type.isNamespaced, !resource.namespace.isEmpty, !isNamedByNamespace { throw .noSuchPath() }
        if type.isNamespaced, resource.namespace.isEmpty, resource.verb == .create || !resource.name.isEmpty {
            switch resource.verb {
            case .list, .watch: break
            default: throw .badRequest("\(type.plural) belong to a namespace; name it in the path")
            }
        }
    }

    func key(_ resource: ResourceRequest, _ type: ResourceType) -> ObjectKey {
        type.key(namespace: type.isNamespaced ? resource.namespace : "", name: resource.name)
    }

    /// - Parameter now: what ages are counted to; the present unless the past is shown.
    func rendering(_ type: ResourceType, _ call: APICall, now: Timestamp? = nil) throws(KubeStatus) -> ObjectRendering {
        let format = try ResponseFormat.negotiate(call.request.headers["accept"], offering: ObjectRendering.shapes)
        return ObjectRendering(
            type: type, format: format, includeObject: try IncludeObject(query: call.request.query["includeObject"]),
            sealer: sealer, now: now ?? cluster.clock.now)
    }

    private func get(_ resource: ResourceRequest, _ type: ResourceType, _ call: APICall, _ response: any ResponseWriter)
        async throws(KubeStatus)
    {
        let options = try GetOptions(call.request.query)
        let key = key(resource, type)
        let past = try await reads.position(options.at)
        let object = try await reads.get(key, at: past)
        if type.groupResource == .secrets { _ = try sealer?.open(object.object().json) }
        var answer: HTTPResponse
        switch resource.subresource {
        case "", "status":
            var now: Timestamp?
            if let past { now = try await reads.recordedAt(past) }
            answer = try rendering(type, call, now: now).response(object)
        case "scale":
            answer = .json(Scale.of(object.object().json, at: type.custom?.scale))
        case "log": return try await podLog(object, call, response)
        case "exec", "attach", "portforward": return try await connect(resource, object, call, response)
        default: throw .methodNotAllowed()
        }
        try await recordServed(call, code: answer.status)
        if let past { answer.headers.append(("purser-position", "\(past)")) }
        response.send(answer)
    }

    private func list(
        _ resource: ResourceRequest, _ type: ResourceType, _ call: APICall, _ response: any ResponseWriter
    )
        async throws(KubeStatus)
    {
        let options = try ListOptions(call.request.query)
        try options.fieldSelector.validate(for: type)
        _ = try rendering(type, call)  // An answer that cannot be given is refused before the work.
        let namespace = type.isNamespaced ? resource.namespace : ""
        let page = try await reads.list(type, namespace: namespace, name: resource.name, options)
        let rendering = try rendering(type, call, now: page.recordedAt)
        let answer = try rendering.list(page.objects, metadata: page.metadata)
        try await recordServed(call, code: 200)
        response.send(answer)
    }

    private func watch(
        _ resource: ResourceRequest, _ type: ResourceType, _ call: APICall, _ response: any ResponseWriter
    )
        async throws(KubeStatus)
    {
        let options = try ListOptions(call.request.query, isWatch: true)
        try options.fieldSelector.validate(for: type)
        let current = cluster.state.position
        if let asked = options.resourceVersion, asked > current { throw .tooLarge(asked, current) }
        let fields = options.fieldSelector
        var filter = WatchFilter(resource: type.storage, labels: options.labelSelector)
        if type.isNamespaced, !resource.namespace.isEmpty { filter.namespace = resource.namespace }
        if !resource.name.isEmpty { filter.name = resource.name }
        if !fields.isEmpty { filter.fields = { fields.matches($0.object().json) } }
        let rendering = try rendering(type, call)
        try await recordServed(call, code: 200)
        let stream = response.stream(contentType: rendering.format.contentType)
        await ResourceWatch(cluster: cluster, rendering: rendering, options: options, filter: filter).run(on: stream)
    }
}
