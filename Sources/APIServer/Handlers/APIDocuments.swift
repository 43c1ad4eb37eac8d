import KubeMachinery
import KubeModel
import Synchronization

/// What the API says about itself: discovery, OpenAPI, version and health. Made once, then only handed out.
struct APIDocuments: Sendable {
    private let discovery: Discovery
    private let openAPI: OpenAPI

    init(registry: Registry) {
        discovery = Discovery(registry: registry)
        openAPI = registry.hasCustomTypes ? OpenAPI(registry: registry, base: .builtIn) : .builtIn
    }

    /// Health is no API call and leaves no event.
    static func health(_ path: String) -> HTTPResponse? {
        ["/healthz", "/livez", "/readyz"].contains { path == $0 || path.hasPrefix($0 + "/") } ? .text("ok") : nil
    }

    /// - Throws: 404 for a path that is not served.
    func response(_ path: String, _ request: HTTPRequest) throws(KubeStatus) -> HTTPResponse {
        if let health = Self.health(path) { return health }
        let accept = request.headers["accept"] ?? ""
        switch path {
        case "/version": return .json(Discovery.version)
        case "/api":
            if Discovery.wantsAggregated(accept: accept) { return aggregated(discovery.aggregatedCore) }
            return .json(
                discovery.coreVersions(serverAddress: request.headers["host"] ?? request.headers[":authority"] ?? ""))
        case "/apis":
            if Discovery.wantsAggregated(accept: accept) { return aggregated(discovery.aggregatedGroups) }
            return .json(discovery.groupList)
        case "/openapi/v2":
            guard accept.contains(OpenAPI.v2ProtobufAccept) else { return document(openAPI.v2, request) }
            return HTTPResponse(
                status: 200, contentType: OpenAPI.v2ProtobufContentType, body: [OpenAPI.v2Protobuf])
        case "/openapi/v3": return document(openAPI.index, request)
        case "", "/": return .json(["paths": .array(Self.paths.map { .string($0) })])
        default: return try nested(path, request)
        }
    }

    private static let paths = [
        "/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version",
    ]

    private func nested(_ path: String, _ request: HTTPRequest) throws(KubeStatus) -> HTTPResponse {
        let parts = path.split(separator: "/").map(String.init)
        if parts.count > 2, parts[0] == "openapi", parts[1] == "v3",
            let found = openAPI.document(path: parts.dropFirst(2).joined(separator: "/"))
        {
            return document(found, request)
        }
        let found: JSON? =
            switch (parts.first, parts.count) {
            case ("api", 2): discovery.resourceList(group: "", version: parts[1])
            case ("apis", 2): discovery.group(parts[1])
            case ("apis", 3): discovery.resourceList(group: parts[1], version: parts[2])
            default: nil
            }
        guard let found else { throw .noSuchPath() }
        return .json(found)
    }

    private func aggregated(_ json: JSON) -> HTTPResponse {
        HTTPResponse(status: 200, contentType: Discovery.aggregatedMediaType, body: [json.canonicalBytes])
    }

    private func document(_ document: OpenAPI.Document, _ request: HTTPRequest) -> HTTPResponse {
        let tag = "\"\(document.hash)\""
        if request.headers["if-none-match"] == tag { return HTTPResponse(status: 304, headers: [("etag", tag)]) }
        var response = HTTPResponse.json(document.bytes)
        response.headers.append(("etag", tag))
        return response
    }
}

/// The documents of the kinds that are served, made anew when those change.
final class DocumentCache: Sendable {
    private let known = Mutex<(registry: Registry, documents: APIDocuments)?>(nil)

    func documents(of registry: Registry) -> APIDocuments {
        known.withLock { known in
            if let known, known.registry == registry { return known.documents }
            let documents = APIDocuments(registry: registry)
            known = (registry, documents)
            return documents
        }
    }
}
