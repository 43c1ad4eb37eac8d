import KubeModel

/// Knows users by bearer tokens.
public protocol TokenAuthenticator: Sendable {
    /// - Returns: the token's user; nil if this authenticator does not know the token.
    func identity(forToken token: String) -> Identity?
}

/// Who a call is made as, and who really makes it.
public struct Authentication: Sendable, Hashable {
    /// Whose rights count.
    public var identity: Identity
    /// Who asked to act as `identity`; nil without impersonation.
    public var impersonator: Identity?

    public init(identity: Identity, impersonator: Identity? = nil) {
        (self.identity, self.impersonator) = (identity, impersonator)
    }
}

/// Establishes who calls: by the client certificate, else by a bearer token.
public struct RequestAuthenticator: Sendable {
    private let tokens: [any TokenAuthenticator]

    public init(tokens: [any TokenAuthenticator] = []) { self.tokens = tokens }

    /// - Throws: 401 without credentials, unless the path tells nothing but health and version, and for credentials
    ///   that nobody knows; 403 for impersonation by others than members of `system:masters`.
    public func authenticate(_ request: HTTPRequest) throws(KubeStatus) -> Authentication {
        let caller = try identify(request)
        guard let impersonated = try Impersonation.identity(in: request.headers) else {
            return Authentication(identity: caller)
        }
        guard caller.groups.contains(Identity.masters) else {
            throw KubeStatus(
                code: 403, reason: "Forbidden",
                message:
                    "users \"\(impersonated.name)\" is forbidden: User \"\(caller.name)\" cannot impersonate resource "
                    + "\"users\" in API group \"\" at the cluster scope")
        }
        return Authentication(identity: impersonated, impersonator: caller)
    }

    private func identify(_ request: HTTPRequest) throws(KubeStatus) -> Identity {
        if let peer = request.connection.peer { return peer.identity }
        if let header = request.headers["authorization"] {
            guard let token = Self.bearerToken(header) else { throw .unauthorized() }
            for authenticator in tokens {
                if let identity = authenticator.identity(forToken: token) { return identity }
            }
            throw .unauthorized()
        }
        guard Self.isOpen(request.path) else { throw .unauthorized() }
        return .anonymous
    }

    /// The token of an `Authorization: Bearer` header (RFC 6750).
    static func bearerToken(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = parts[1].trimmingSpaces
        return token.isEmpty ? nil : String(token)
    }

    /// What anyone may read.
    static func isOpen(_ path: String) -> Bool {
        ["/healthz", "/livez", "/readyz", "/version"].contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}

/// Kubernetes' `Impersonate-*` headers.
enum Impersonation {
    /// - Throws: 400 if groups are to be impersonated without a user.
    static func identity(in headers: RequestHeaders) throws(KubeStatus) -> Identity? {
        guard let user = headers["impersonate-user"] else {
            if headers["impersonate-group"] != nil || headers["impersonate-uid"] != nil {
                throw .badRequest("Impersonate-Group and Impersonate-Uid need Impersonate-User")
            }
            return nil
        }
        var groups = headers.values("impersonate-group")
        if user != Identity.anonymous.name, !groups.contains(Identity.authenticated) {
            groups.append(Identity.authenticated)
        }
        var extra: [String: [String]] = [:]
        let prefix = "impersonate-extra-"
        for (name, value) in headers.all {
            let name = name.lowercased()
            guard name.hasPrefix(prefix) else { continue }
            let key = Query.decode(name.dropFirst(prefix.utf8.count).utf8, plusIsSpace: false)
            extra[key, default: []].append(value)
        }
        return Identity(name: user, groups: groups, uid: headers["impersonate-uid"] ?? "", extra: extra)
    }
}
