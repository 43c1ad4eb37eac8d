import FoundationEssentials
import KubeModel

/// Bytes that never show in a description: a private key, a token.
public struct SecretBytes: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    public var bytes: [UInt8]
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    public init(_ text: String) { bytes = Array(text.utf8) }
    public var description: String { "<\(bytes.count) secret bytes>" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

public struct KubeconfigError: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// A kubeconfig file: clusters, users, and contexts that pair them.
public struct Kubeconfig: Sendable, Hashable {
    public struct Cluster: Sendable, Hashable {
        public var name: String
        public var server: String
        /// PEM; nil trusts the system's authorities.
        public var certificateAuthority: [UInt8]?
        public var skipsTLSVerification: Bool
        public init(
            name: String, server: String, certificateAuthority: [UInt8]? = nil, skipsTLSVerification: Bool = false
        ) {
            (self.name, self.server, self.certificateAuthority) = (name, server, certificateAuthority)
            self.skipsTLSVerification = skipsTLSVerification
        }
    }

    public struct User: Sendable, Hashable {
        public var name: String
        /// PEM.
        public var clientCertificate: [UInt8]?
        /// PEM.
        public var clientKey: SecretBytes?
        public var token: SecretBytes?
        public init(
            name: String, clientCertificate: [UInt8]? = nil, clientKey: SecretBytes? = nil, token: SecretBytes? = nil
        ) {
            (self.name, self.clientCertificate, self.clientKey) = (name, clientCertificate, clientKey)
            self.token = token
        }
    }

    public struct Context: Sendable, Hashable {
        public var name: String
        public var cluster: String
        public var user: String
        public var namespace: String?
        public init(name: String, cluster: String, user: String, namespace: String? = nil) {
            (self.name, self.cluster, self.user, self.namespace) = (name, cluster, user, namespace)
        }
    }

    public var clusters: [Cluster]
    public var users: [User]
    public var contexts: [Context]
    public var currentContext: String

    public init(clusters: [Cluster] = [], users: [User] = [], contexts: [Context] = [], currentContext: String = "") {
        (self.clusters, self.users, self.contexts) = (clusters, users, contexts)
        self.currentContext = currentContext
    }

    /// The settings of a context; of the current one if none is named.
    public func connection(context name: String? = nil) throws(KubeconfigError) -> ClusterConnection {
        let wanted = name ?? currentContext
        guard !wanted.isEmpty else {
            throw KubeconfigError("the kubeconfig has no current context; name one with --context")
        }
        guard let context = contexts.first(where: { $0.name == wanted }) else {
            let known = contexts.map(\.name).joined(separator: ", ")
            throw KubeconfigError(
                "the kubeconfig has no context \"\(wanted)\"; it has: \(known.isEmpty ? "none" : known)")
        }
        guard let cluster = clusters.first(where: { $0.name == context.cluster }) else {
            throw KubeconfigError(
                "context \"\(wanted)\" names the cluster \"\(context.cluster)\", which is not in the file")
        }
        guard let user = users.first(where: { $0.name == context.user }) else {
            throw KubeconfigError("context \"\(wanted)\" names the user \"\(context.user)\", which is not in the file")
        }
        return ClusterConnection(
            server: cluster.server, namespace: context.namespace ?? "default",
            certificateAuthority: cluster.certificateAuthority, clientCertificate: user.clientCertificate,
            clientKey: user.clientKey, token: user.token, skipsTLSVerification: cluster.skipsTLSVerification)
    }
}

/// Where an API server is and how to prove who calls.
public struct ClusterConnection: Sendable, Hashable {
    /// `https://host:port`, without a trailing slash.
    public var server: String
    /// The namespace of calls that name none.
    public var namespace: String
    /// PEM; nil trusts the system's authorities.
    public var certificateAuthority: [UInt8]?
    public var clientCertificate: [UInt8]?
    public var clientKey: SecretBytes?
    public var token: SecretBytes?
    public var skipsTLSVerification: Bool

    public init(
        server: String, namespace: String = "default", certificateAuthority: [UInt8]? = nil,
        clientCertificate: [UInt8]? = nil, clientKey: SecretBytes? = nil, token: SecretBytes? = nil,
        skipsTLSVerification: Bool = false
    ) {
        var server = server
        while server.hasSuffix("/") { server.removeLast() }
        (self.server, self.namespace, self.certificateAuthority) = (server, namespace, certificateAuthority)
        (self.clientCertificate, self.clientKey, self.token) = (clientCertificate, clientKey, token)
        self.skipsTLSVerification = skipsTLSVerification
    }
}
