import APIServer
import Foundation
import KubeModel
import Testing

@Suite("Authentication")
struct AuthenticationTests {
    static let authenticator = RequestAuthenticator(tokens: [knownTokens])
    static let knownTokens: StaticTokens = {
        guard let tokens = try? StaticTokens(csv: "s3cret,ann,7,\"dev,ops\"\n# comment\nother,\"bo\"\"b\",8\n") else {
            preconditionFailure("the test's tokens are valid")
        }
        return tokens
    }()

    static func request(_ path: String, _ headers: [(String, String)] = [], peer: PeerCertificate? = nil) -> HTTPRequest
    {
        HTTPRequest(
            method: "GET", target: path, headers: RequestHeaders(headers), connection: ConnectionContext(peer: peer))
    }

    @Test("a token stands for its user")
    func token() throws {
        let found = try Self.authenticator.authenticate(Self.request("/api", [("Authorization", "Bearer s3cret")]))
        #expect(
            found
                == Authentication(
                    identity: Identity(name: "ann", groups: ["dev", "ops", "system:authenticated"], uid: "7")))
        #expect(Self.knownTokens.identity(forToken: "other")?.name == "bo\"b")
    }

    @Test(
        "no credentials, a wrong token and another scheme are refused with 401",
        arguments: [
            [], [("Authorization", "Bearer wrong")], [("authorization", "Basic YTpi")], [("authorization", "Bearer ")],
        ])
    func unauthorized(headers: [(String, String)]) {
        let error = #expect(throws: KubeStatus.self) {
            try Self.authenticator.authenticate(Self.request("/api", headers))
        }
        #expect(error?.code == 401)
    }

    @Test("health and version are open to anyone", arguments: ["/healthz", "/livez", "/readyz/log", "/version"])
    func open(path: String) throws {
        #expect(try Self.authenticator.authenticate(Self.request(path)).identity == .anonymous)
    }

    @Test("a client certificate goes before a token")
    func certificate() throws {
        let peer = PeerCertificate(commonName: "kubernetes-admin", organizations: ["system:masters"])
        let found = try Self.authenticator.authenticate(
            Self.request("/api", [("Authorization", "Bearer s3cret")], peer: peer))
        #expect(found.identity.name == "kubernetes-admin")
        #expect(found.identity.groups == ["system:masters", "system:authenticated"])
    }

    @Test("masters may act as others, others may not")
    func impersonation() throws {
        let headers = [
            ("Impersonate-User", "bob"), ("Impersonate-Group", "dev"), ("Impersonate-Group", "qa"),
            ("Impersonate-Extra-Team%2Fid", "a"),
        ]
        let admin = PeerCertificate(commonName: "admin", organizations: ["system:masters"])
        let found = try Self.authenticator.authenticate(Self.request("/api", headers, peer: admin))
        #expect(
            found.identity
                == Identity(
                    name: "bob", groups: ["dev", "qa", "system:authenticated"], extra: ["team/id": ["a"]]))
        #expect(found.impersonator == admin.identity)
        let error = #expect(throws: KubeStatus.self) {
            try Self.authenticator.authenticate(Self.request("/api", headers + [("Authorization", "Bearer s3cret")]))
        }
        #expect(error?.code == 403)
    }

    @Test("a token file that others can read is refused, and a faulty line is named without its text")
    func tokenFile() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "tokens-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("s3cret,ann,7\n".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        #expect(throws: KubeStatus.self) { try StaticTokens(file: file.path) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        #expect(try StaticTokens(file: file.path).identity(forToken: "s3cret")?.name == "ann")
        let error = #expect(throws: KubeStatus.self) { try StaticTokens(csv: "a,b,c\nhush\n") }
        #expect(error?.message.contains("line 2") == true && error?.message.contains("hush") == false)
    }
}

@Suite("Authorisation")
struct AuthorizerTests {
    static let authorizer = BuiltInAuthorizer(
        nodeOfPod: { namespace, name in namespace == "shop" && name == "mine" ? "n1" : nil },
        needOfNode: { node, resource, namespace, name in
            node == "n1" && resource == .secrets && namespace == "shop" && name == "tls"
        })
    static let admin = Identity(name: "admin", groups: ["system:masters", "system:authenticated"])
    static let node = Identity(name: "system:node:n1", groups: ["system:nodes", "system:authenticated"])
    static let bob = Identity(name: "bob", groups: ["system:authenticated"])

    static func allows(_ identity: Identity, _ method: String, _ target: String) -> Bool {
        let request = HTTPRequest(method: method, target: target)
        var attributes = RequestAttributes(RequestRoute.parse(request))
        attributes.isOfPast = request.query["at"] != nil
        return authorizer.decide(identity, attributes) == .allow
    }

    @Test("masters may do everything", arguments: ["/api/v1/secrets", "/metrics", "/apis/x/v1/y"])
    func masters(path: String) {
        for method in ["GET", "POST", "DELETE"] { #expect(Self.allows(Self.admin, method, path)) }
    }

    @Test(
        "a node agent may do what its node needs",
        arguments: [
            ("GET", "/api/v1/pods?watch=1"), ("GET", "/api/v1/nodes/n2"), ("PATCH", "/api/v1/nodes/n1/status"),
            ("POST", "/api/v1/nodes"),
            ("PATCH", "/api/v1/namespaces/shop/pods/mine/status"), ("DELETE", "/api/v1/namespaces/shop/pods/mine"),
            ("GET", "/api/v1/namespaces/shop/secrets/tls"), ("POST", "/api/v1/namespaces/shop/events"),
            ("POST", "/apis/purser.dev/v1alpha1/usagereports"), ("GET", "/apis/discovery.k8s.io/v1/endpointslices"),
            ("PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1"), ("GET", "/openapi/v3"),
        ])
    func node(method: String, target: String) { #expect(Self.allows(Self.node, method, target)) }

    @Test(
        "a node agent may do nothing else",
        arguments: [
            ("PATCH", "/api/v1/nodes/n2/status"), ("DELETE", "/api/v1/nodes/n1"),
            ("DELETE", "/api/v1/namespaces/shop/pods/other"),
            ("POST", "/api/v1/namespaces/shop/pods"), ("GET", "/api/v1/secrets"),
            ("GET", "/api/v1/namespaces/shop/secrets"),
            ("PUT", "/api/v1/namespaces/shop/secrets/tls"), ("GET", "/api/v1/namespaces/shop/secrets/other"),
            ("GET", "/api/v1/namespaces/shop/configmaps/tls"), ("GET", "/api/v1/namespaces/hers/secrets/tls"),
            ("GET", "/api/v1/namespaces/shop/secrets/tls?at=5"), ("GET", "/api/v1/pods?at=2h"),
            ("POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests"),
            ("PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2"),
            ("GET", "/apis/purser.dev/v1alpha1/bill"),
        ])
    func nodeLimits(method: String, target: String) { #expect(!Self.allows(Self.node, method, target)) }

    @Test("a name without the group is no node agent")
    func falseNode() {
        #expect(!Self.allows(Identity(name: "system:node:n1", groups: ["system:authenticated"]), "GET", "/api/v1/pods"))
    }

    @Test("whoever is known may look at the API itself, and ask about himself")
    func known() {
        for path in ["/api", "/apis/apps/v1", "/openapi/v3", "/version"] { #expect(Self.allows(Self.bob, "GET", path)) }
        #expect(Self.allows(Self.bob, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews"))
        #expect(!Self.allows(Self.bob, "GET", "/metrics"))
        #expect(!Self.allows(.anonymous, "GET", "/api"))
        #expect(Self.allows(.anonymous, "GET", "/healthz"))
    }

    @Test(
        "a refusal says who may not do what, and where",
        arguments: [
            (
                "GET", "/api/v1/namespaces/default/pods",
                #"pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default""#
            ),
            (
                "DELETE", "/apis/apps/v1/namespaces/shop/deployments/web",
                #"deployments.apps "web" is forbidden: User "bob" cannot delete resource "deployments" "#
                    + #"in API group "apps" in the namespace "shop""#
            ),
            (
                "GET", "/api/v1/namespaces/shop/pods/web/log",
                #"pods "web" is forbidden: User "bob" cannot get resource "pods/log" "#
                    + #"in API group "" in the namespace "shop""#
            ),
            (
                "GET", "/api/v1/nodes",
                #"nodes is forbidden: User "bob" cannot list resource "nodes" in API group "" at the cluster scope"#
            ),
            ("GET", "/metrics", #"forbidden: User "bob" cannot get path "/metrics""#),
        ])
    func refusals(method: String, target: String, message: String) {
        let attributes = RequestAttributes(RequestRoute.parse(HTTPRequest(method: method, target: target)))
        let error = #expect(throws: KubeStatus.self) { try Self.authorizer.authorize(Self.bob, attributes) }
        #expect(error?.code == 403 && error?.message == message)
    }
}
