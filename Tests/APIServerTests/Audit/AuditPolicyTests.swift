import KubeModel
import Testing

@testable import APIServer

private let alice = Identity(name: "alice", groups: ["developers", Identity.authenticated])
private let node = Identity(name: "system:node:n1", groups: ["system:nodes", Identity.authenticated])

private func policy(_ rules: JSON) throws -> AuditPolicy {
    try AuditPolicy(json: ["apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": rules])
}

private func read(
    _ verb: String = "get", _ resource: String = "pods", group: String = "", subresource: String = "",
    namespace: String = "shop", name: String = "web-1"
) -> RequestAttributes {
    RequestAttributes(
        verb: verb, group: group, resource: resource, subresource: subresource, namespace: namespace, name: name)
}

private func path(_ path: String) -> RequestAttributes { RequestAttributes(verb: "get", nonResourcePath: path) }

@Suite("The audit policy")
struct AuditPolicyTests {
    @Test("without a policy every read is kept; with one, what no rule matches is dropped")
    func extremes() throws {
        #expect(AuditPolicy.everything.keeps(alice, read()))
        let policy = try policy([["level": "Metadata", "users": ["bob"]]])
        #expect(!policy.keeps(alice, read()))
        #expect(policy.keeps(Identity(name: "bob", groups: []), read()))
    }

    @Test("the first rule that matches decides")
    func firstMatch() throws {
        let policy = try policy([
            ["level": "None", "userGroups": ["system:nodes"]],
            ["level": "Metadata", "resources": [["group": "", "resources": ["secrets"]]]],
            ["level": "None", "verbs": ["watch", "list"]],
            ["level": "RequestResponse"],
        ])
        #expect(!policy.keeps(node, read("get", "secrets")))
        #expect(policy.keeps(alice, read("list", "secrets")))
        #expect(!policy.keeps(alice, read("list")))
        #expect(policy.keeps(alice, read("get")))
        #expect(policy.keeps(alice, path("/version")))
        #expect(!policy.keeps(node, path("/version")))
    }

    /// Patterns of resources, an example each, and whether they match.
    static let resources: [(pattern: [String], asked: String, subresource: String, matches: Bool)] = [
        (["pods"], "pods", "", true), (["pods"], "pods", "log", false), (["pods"], "services", "", false),
        (["pods/log"], "pods", "log", true), (["pods/log"], "pods", "", false), (["pods/*"], "pods", "log", true),
        (["pods/*"], "pods", "", false), (["*/log"], "pods", "log", true), (["*/log"], "pods", "status", false),
        (["*"], "services", "status", true), ([], "services", "status", true),
        (["services", "pods/status"], "pods", "status", true),
    ]

    @Test("resources and subresources match as in Kubernetes", arguments: resources)
    func resourcePatterns(_ example: (pattern: [String], asked: String, subresource: String, matches: Bool)) throws {
        let policy = try policy([
            [
                "level": "Metadata",
                "resources": [["group": "", "resources": .array(example.pattern.map { .string($0) })]],
            ]
        ])
        #expect(policy.keeps(alice, read("get", example.asked, subresource: example.subresource)) == example.matches)
        #expect(!policy.keeps(alice, read("get", example.asked, group: "apps", subresource: example.subresource)))
        #expect(!policy.keeps(alice, path("/version")))
    }

    @Test("names and namespaces narrow a rule; the empty namespace is what belongs to none")
    func namesAndNamespaces() throws {
        let named = try policy([
            [
                "level": "Metadata",
                "resources": [["resources": ["configmaps"], "resourceNames": ["settings"]]],
            ]
        ])
        #expect(named.keeps(alice, read("get", "configmaps", name: "settings")))
        #expect(!named.keeps(alice, read("get", "configmaps", name: "other")))
        let spaced = try policy([["level": "Metadata", "namespaces": ["shop", ""]]])
        #expect(spaced.keeps(alice, read(namespace: "shop")))
        #expect(spaced.keeps(alice, read("get", "nodes", namespace: "")))
        #expect(!spaced.keeps(alice, read(namespace: "bank")))
        #expect(!spaced.keeps(alice, path("/version")))
    }

    @Test("paths match whole or by their beginning, and never a resource")
    func paths() throws {
        let policy = try policy([["level": "Metadata", "nonResourceURLs": ["/openapi*", "/version"]]])
        #expect(policy.keeps(alice, path("/openapi/v3")))
        #expect(policy.keeps(alice, path("/version")))
        #expect(!policy.keeps(alice, path("/version/x")))
        #expect(!policy.keeps(alice, read()))
    }

    /// What is wrong, and the word that the error must hold.
    static let faults: [(rules: JSON, place: String)] = [
        ([], "at least one rule"), ("x", "rules must be a list"), (["x"], "rules[0] must be an object"),
        ([["level": "Some"]], "rules[0].level must be one of None, Metadata, Request, RequestResponse"),
        ([["level": "None"], [:]], "rules[1].level"),
        ([["level": "None", "user": ["a"]]], "rules[0].user is not known"),
        ([["level": "None", "users": "a"]], "rules[0].users must be a list"),
        ([["level": "None", "verbs": [1]]], "rules[0].verbs[0] must be a string"),
        ([["level": "None", "nonResourceURLs": ["healthz"]]], "rules[0].nonResourceURLs[0] must begin with /"),
        ([["level": "None", "nonResourceURLs": ["/a*b"]]], "one * at its end"),
        ([["level": "None", "nonResourceURLs": ["/a"], "namespaces": ["b"]]], "cannot stand beside"),
        ([["level": "None", "resources": [["group": "apps/v1"]]]], "rules[0].resources[0].group"),
        ([["level": "None", "resources": [["resources": ["pods/"]]]]], "rules[0].resources[0].resources[0]"),
        ([["level": "None", "resources": [["resourceNames": ["a"]]]]], "resourceNames needs resources"),
    ]

    @Test("a fault is refused with its place", arguments: faults)
    func refused(_ fault: (rules: JSON, place: String)) {
        let error = #expect(throws: AuditPolicyError.self) { try policy(fault.rules) }
        #expect(error?.description.contains(fault.place) == true, "\(String(describing: error))")
    }

    @Test("a file of another kind or version is refused")
    func header() {
        for (version, kind) in [("audit.k8s.io/v1beta1", "Policy"), ("audit.k8s.io/v1", "Event")] {
            #expect(throws: AuditPolicyError.self) {
                try AuditPolicy(
                    json: [
                        "apiVersion": .string(version), "kind": .string(kind), "rules": [["level": "None"]],
                    ])
            }
        }
    }

    @Test("a GET into a container is no read")
    func execIsNoRead() {
        func call(_ target: String, method: String = "GET") -> APICall {
            let request = HTTPRequest(method: method, target: target)
            return APICall(
                request: request, identity: alice, callID: .init(high: 0, low: 0), route: RequestRoute.parse(request))
        }
        #expect(call("/api/v1/namespaces/shop/pods/web-1").isRead)
        #expect(call("/api/v1/namespaces/shop/pods/web-1/log").isRead)
        #expect(call("/version").isRead)
        #expect(!call("/api/v1/namespaces/shop/pods/web-1/exec?command=sh").isRead)
        #expect(!call("/api/v1/namespaces/shop/pods/web-1/portforward").isRead)
        #expect(!call("/api/v1/namespaces/shop/pods", method: "POST").isRead)
    }

    @Test("what a caller writes of itself is cut to what an entry of the log can hold")
    func entriesStaySmall() {
        let request = HTTPRequest(
            method: "GET", target: "/x/" + String(repeating: "\"", count: 60_000),
            headers: RequestHeaders([("user-agent", String(repeating: "\"", count: 60_000))]))
        let call = APICall(
            request: request, identity: alice, callID: .init(high: 0, low: 0), route: RequestRoute.parse(request))
        #expect(call.stream.utf8.count == 4096)
        #expect(call.caller.userAgent.utf8.count == 1024)
    }
}
