import KubeClient
import KubeModel

/// What the agent asks of the API server; a seam for tests.
public protocol NodeAPI: Sendable {
    func get(_ resource: APIResource, namespace: String?, name: String) async throws -> KubeObject
    func create(_ resource: APIResource, namespace: String?, _ object: JSON) async throws -> KubeObject
    /// A merge patch.
    func patch(
        _ resource: APIResource, namespace: String?, name: String, _ patch: JSON, subresource: String?
    ) async throws -> KubeObject
    func delete(_ resource: APIResource, namespace: String?, name: String, options: DeleteOptions) async throws
    /// Hands over what exists and then every change, until the task is cancelled.
    func follow(
        _ resource: APIResource, fieldSelector: String?,
        _ handle: @escaping @Sendable (ListWatch.Change) async throws -> Void
    ) async throws
}

/// The API client as the agent sees it.
struct ClientNodeAPI: NodeAPI {
    let client: APIClient

    func get(_ resource: APIResource, namespace: String?, name: String) async throws -> KubeObject {
        try await client.get(resource, namespace: namespace, name: name)
    }

    func create(_ resource: APIResource, namespace: String?, _ object: JSON) async throws -> KubeObject {
        try await client.create(resource, namespace: namespace, object)
    }

    func patch(
        _ resource: APIResource, namespace: String?, name: String, _ patch: JSON, subresource: String?
    ) async throws -> KubeObject {
        try await client.patch(resource, namespace: namespace, name: name, patch, subresource: subresource)
    }

    func delete(_ resource: APIResource, namespace: String?, name: String, options: DeleteOptions) async throws {
        try await client.delete(resource, namespace: namespace, name: name, options: options)
    }

    func follow(
        _ resource: APIResource, fieldSelector: String?,
        _ handle: @escaping @Sendable (ListWatch.Change) async throws -> Void
    ) async throws {
        try await ListWatch(client, resource, fieldSelector: fieldSelector).run(handle)
    }
}

extension APIResource {
    static let usageReports = APIResource(
        group: "purser.dev", version: "v1alpha1", name: "usagereports", kind: "UsageReport", isNamespaced: false)
}
