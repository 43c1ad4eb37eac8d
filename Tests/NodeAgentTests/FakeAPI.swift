import KubeClient
import KubeModel

@testable import NodeAgent

/// An API server of the mind: keeps objects, applies merge patches, records calls, and tells followers.
actor FakeAPI: NodeAPI {
    private(set) var objects: [String: KubeObject] = [:]
    private(set) var reports: [JSON] = []
    private(set) var calls: [String] = []
    /// Whether usage reports are taken.
    var takesReports = true
    private var followers: [String: [AsyncStream<ListWatch.Change>.Continuation]] = [:]

    private static func key(_ resource: APIResource, _ namespace: String?, _ name: String) -> String {
        "\(resource.name)/\(namespace ?? "")/\(name)"
    }

    func refuseReports(_ refuse: Bool) { takesReports = !refuse }
    func object(_ resource: APIResource, _ namespace: String, _ name: String) -> KubeObject? {
        objects[Self.key(resource, namespace, name)]
    }

    func put(_ resource: APIResource, _ object: JSON) {
        let object = KubeObject(object)
        objects[Self.key(resource, object.namespace, object.name)] = object
        tell(resource, .upserted(object))
    }

    private func tell(_ resource: APIResource, _ change: ListWatch.Change) {
        for follower in followers[resource.name] ?? [] { follower.yield(change) }
    }

    func get(_ resource: APIResource, namespace: String?, name: String) throws -> KubeObject {
        guard let object = objects[Self.key(resource, namespace, name)] else {
            throw KubeStatus.notFound(resource.groupResource, name: name)
        }
        return object
    }

    func create(_ resource: APIResource, namespace: String?, _ object: JSON) throws -> KubeObject {
        if resource.name == "usagereports" {
            guard takesReports else { throw KubeStatus.serviceUnavailable("the log is away") }
            reports.append(object)
            return KubeObject(object)
        }
        put(resource, object)
        return KubeObject(object)
    }

    func patch(
        _ resource: APIResource, namespace: String?, name: String, _ patch: JSON, subresource: String?
    ) throws -> KubeObject {
        var object = try get(resource, namespace: namespace, name: name).json
        calls.append("patch \(resource.name)/\(name) \(subresource ?? "")")
        for (member, value) in patch.objectValue ?? [:] {
            for (key, inner) in value.objectValue ?? [:] { object[[member, key]] = inner }
            if value.objectValue == nil { object[member] = value }
        }
        put(resource, object)
        return KubeObject(object)
    }

    func delete(_ resource: APIResource, namespace: String?, name: String, options: DeleteOptions) throws {
        let object = try get(resource, namespace: namespace, name: name)
        calls.append("delete \(resource.name)/\(name) \(options.gracePeriodSeconds ?? -1)")
        objects[Self.key(resource, namespace, name)] = nil
        tell(resource, .removed(object))
    }

    func follow(
        _ resource: APIResource, fieldSelector: String?,
        _ handle: @escaping @Sendable (ListWatch.Change) async throws -> Void
    ) async throws {
        let (changes, inlet) = AsyncStream<ListWatch.Change>.makeStream()
        followers[resource.name, default: []].append(inlet)
        try await handle(.listed(objects.filter { $0.key.hasPrefix("\(resource.name)/") }.map(\.value)))
        for await change in changes { try await handle(change) }
    }
}
