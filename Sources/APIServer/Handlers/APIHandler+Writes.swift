import CommandHandling
import ControlPlane
import Domain
import KubeMachinery
import KubeModel

extension APIHandler {
    func write(_ resource: ResourceRequest, _ type: ResourceType, _ call: APICall, _ response: any ResponseWriter)
        async throws(KubeStatus)
    {
        let rendering = try rendering(type, call)
        let request = try writeRequest(resource, type, call)
        let result = try await execute(request, call)
        response.send(try answer(result, request, rendering, resource))
    }

    /// Takes a write through the sequencer and sees to it that it leaves its event even if it changed nothing.
    func execute(_ request: WriteRequest, _ call: APICall) async throws(KubeStatus) -> WriteResult {
        let result: WriteResult
        do { result = try await writer.execute(request) } catch {
            // Its outcome is unknown, so the refusal's event may be the call's second.
            if error.code == 504 { call.noteChange() }
            throw error
        }
        if result.changedState { call.noteChange() } else { try await recordServed(call, code: 200) }
        return result
    }

    private func answer(
        _ result: WriteResult, _ request: WriteRequest, _ rendering: ObjectRendering, _ resource: ResourceRequest
    ) throws(KubeStatus) -> HTTPResponse {
        guard let object = result.object else { return .json(Self.success([:])) }
        switch (resource.verb, resource.subresource) {
        case (.create, "binding"): return .json(Self.success([:]), status: 201)
        case (.create, "eviction"): return .json(Self.success([:]), status: 201)
        case (_, "scale"): return .json(Scale.of(object.object().json, at: request.type.custom?.scale))
        case (.create, _): return try rendering.response(object, status: 201, warnings: result.warnings)
        case (.delete, _) where result.wasEnded:
            return .json(
                Self.success([
                    "name": .string(request.name), "group": .string(request.type.group),
                    "kind": .string(request.type.plural), "uid": .string(object.uid),
                ]))
        default: return try rendering.response(object, warnings: result.warnings)
        }
    }

    static func success(_ details: JSONObject) -> JSON {
        var status: JSON = ["apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Success"]
        if !details.isEmpty { status["details"] = .object(details.filteringEmptyStrings) }
        return status
    }

    private func writeRequest(_ resource: ResourceRequest, _ type: ResourceType, _ call: APICall) throws(KubeStatus)
        -> WriteRequest
    {
        let query = call.request.query
        var request = WriteRequest(
            storage(of: type), namespace: type.isNamespaced ? resource.namespace : "", name: resource.name,
            subresource: resource.subresource.isEmpty ? nil : resource.subresource, operation: .create(.null),
            origin: call.origin)
        switch resource.verb {
        case .patch:
            let kind = try PatchKind(contentType: call.request.headers["content-type"] ?? "")
            let options = try WriteOptions(query, isUpdate: true)
            (request.isDryRun, request.fieldValidation) = (options.isDryRun, options.fieldValidation)
            request.operation =
                type.isView
                ? .update(try patched(resource, type, kind, call.request.body)) : .patch(kind, call.request.body)
        case .delete:
            let options = try deleteOptions(call)
            request.isDryRun = options.isDryRun
            request.operation = .delete(options)
        case .create where resource.subresource == "eviction":
            var options = try DeleteOptions(query, body: body(call, type)["deleteOptions"])
            options.isEviction = true
            request.isDryRun = options.isDryRun
            request.operation = .delete(options)
        default:
            let options = try WriteOptions(query, isUpdate: resource.verb == .update)
            (request.isDryRun, request.fieldValidation) = (options.isDryRun, options.fieldValidation)
            request.operation = try operation(resource, type.stored(try body(call, type)))
        }
        return request
    }

    /// The resource that a view's objects are written as.
    private func storage(of type: ResourceType) -> ResourceType {
        type.isView ? registry.type(type.storage) ?? type : type
    }

    /// A patch of what a view shows. It is an update of the object as it was read, so that a change meanwhile is a
    /// conflict.
    private func patched(_ resource: ResourceRequest, _ type: ResourceType, _ kind: PatchKind, _ bytes: [UInt8])
        throws(KubeStatus) -> JSON
    {
        guard let live = cluster.state[key(resource, type)] else {
            throw .notFound(type.groupResource, name: resource.name)
        }
        return type.stored(try Patch.apply(kind, bytes: bytes, to: type.shown(live.object().json), type: type))
    }

    private func operation(_ resource: ResourceRequest, _ body: JSON) throws(KubeStatus) -> WriteRequest.Operation {
        switch (resource.verb, resource.subresource) {
        case (.update, _): return .update(body)
        case (.create, "binding"):
            guard let node = body.string("target", "name"), !node.isEmpty else {
                throw .invalid(
                    GroupVersionKind(group: "", version: "v1", kind: "Binding"), name: resource.name,
                    [KubeStatus.Cause(reason: "FieldValueRequired", message: "Required value", field: "target.name")])
            }
            return .bind(node: node, uid: body.string("metadata", "uid"), verdict: .null)
        case (.create, ""): return .create(body)
        default: throw .methodNotAllowed()
        }
    }

    /// The body as a tree, from JSON, YAML or protobuf.
    func body(_ call: APICall, _ type: ResourceType?) throws(KubeStatus) -> JSON {
        let encoding = try RequestBody(contentType: call.request.headers["content-type"])
        if encoding == .protobuf { return try ProtobufDecoding.object(call.request.body) }
        guard !call.request.body.isEmpty else { throw .badRequest("the request has no body; send the object") }
        let json = try encoding.decode(call.request.body)
        guard json.objectValue != nil else { throw .badRequest("the body is not an object") }
        return json
    }

    private func deleteOptions(_ call: APICall) throws(KubeStatus) -> DeleteOptions {
        try DeleteOptions(call.request.query, body: call.request.body.isEmpty ? nil : body(call, nil))
    }

    func deleteCollection(
        _ resource: ResourceRequest, _ type: ResourceType, _ call: APICall, _ response: any ResponseWriter
    )
        async throws(KubeStatus)
    {
        let selection = try ListOptions(call.request.query)
        let options = try deleteOptions(call)
        let rendering = try rendering(type, call)
        let page = try await reads.list(type, namespace: resource.namespace, name: "", selection)
        let keys = page.objects.map { $0.object().key(type.storage) }
        let stored = storage(of: type)
        let origin = call.origin
        let refusal = await withTaskGroup(of: KubeStatus?.self) { group -> KubeStatus? in
            var iterator = keys.makeIterator()
            func addNext() {
                guard let key = iterator.next() else { return }
                group.addTask {
                    // Each object's deletion is a call of its own in the log, with one id a call.
                    var origin = origin
                    origin.callID = cluster.newCallID()
                    let request = WriteRequest(
                        stored, namespace: key.namespace, name: key.name, operation: .delete(options),
                        isDryRun: options.isDryRun, origin: origin)
                    do throws(KubeStatus) {
                        _ = try await writer.execute(request)
                        return nil
                    } catch { return error.code == 404 ? nil : error }
                }
            }
            for _ in 0..<64 { addNext() }
            var first: KubeStatus?
            while let refusal = await group.next() {
                if first == nil { first = refusal }
                addNext()
            }
            return first
        }
        if let refusal { throw refusal }
        try await recordServed(call, code: 200)
        response.send(try rendering.list(page.objects, metadata: page.metadata))
    }
}

extension JSONObject {
    var filteringEmptyStrings: JSONObject {
        var kept = self
        for (key, value) in self where value == "" { kept[key] = nil }
        return kept
    }
}
