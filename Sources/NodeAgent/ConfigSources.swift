import FoundationEssentials
import KubeClient
import KubeModel

/// A container's configuration that cannot be made.
struct ContainerConfigFailure: Error, Sendable, Hashable {
    /// `CreateContainerConfigError` or `CreateContainerError`.
    var reason = "CreateContainerConfigError"
    var message: String
}

/// Reads ConfigMaps and Secrets, each once for the work at hand.
actor ConfigSources {
    private let api: any NodeAPI
    private let namespace: String
    private var read: [String: KubeObject?] = [:]

    init(_ api: any NodeAPI, namespace: String) { (self.api, self.namespace) = (api, namespace) }

    /// Nil where there is no such object.
    func object(_ resource: APIResource, _ name: String) async throws -> KubeObject? {
        let key = "\(resource.name)/\(name)"
        if let known = read[key] { return known }
        do {
            let object = try await api.get(resource, namespace: namespace, name: name)
            read[key] = object
            return object
        } catch let status as KubeStatus where status.code == 404 {
            read[key] = .some(nil)
            return nil
        }
    }

    /// The keys and values of a ConfigMap or Secret; nil where there is no such object.
    func values(_ resource: APIResource, _ name: String) async throws -> [String: [UInt8]]? {
        guard let object = try await object(resource, name) else { return nil }
        var values: [String: [UInt8]] = [:]
        for (key, value) in object.json.stringMap("data") {
            values[key] = resource.name == "secrets" ? Self.decode(value) : Array(value.utf8)
        }
        for (key, value) in object.json.stringMap("binaryData") { values[key] = Self.decode(value) }
        return values
    }

    static func decode(_ base64: String) -> [UInt8] { Data(base64Encoded: base64).map(Array.init) ?? [] }
}
