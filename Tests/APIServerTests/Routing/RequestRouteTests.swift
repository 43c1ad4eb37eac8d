import APIServer
import KubeModel
import Testing

@Suite("Routes")
struct RequestRouteTests {
    @Test(
        "a path and method name a resource as Kubernetes reads them",
        arguments: [
            (
                "GET", "/api/v1/namespaces/shop/pods/web",
                ResourceRequest(verb: .get, namespace: "shop", resource: "pods", name: "web")
            ),
            ("GET", "/api/v1/namespaces/shop/pods", ResourceRequest(verb: .list, namespace: "shop", resource: "pods")),
            ("GET", "/api/v1/pods", ResourceRequest(verb: .list, resource: "pods")),
            ("GET", "/api/v1/pods/?watch=1", ResourceRequest(verb: .watch, resource: "pods")),
            ("GET", "/api/v1/pods?watch=false", ResourceRequest(verb: .list, resource: "pods")),
            (
                "GET", "/api/v1/watch/namespaces/shop/pods",
                ResourceRequest(verb: .watch, namespace: "shop", resource: "pods")
            ),
            ("HEAD", "/api/v1/nodes/n1", ResourceRequest(verb: .get, resource: "nodes", name: "n1")),
            ("GET", "/api/v1/namespaces", ResourceRequest(verb: .list, resource: "namespaces")),
            (
                "GET", "/api/v1/namespaces/shop",
                ResourceRequest(verb: .get, namespace: "shop", resource: "namespaces", name: "shop")
            ),
            (
                "PUT", "/api/v1/namespaces/shop/finalize",
                ResourceRequest(
                    verb: .update, namespace: "shop", resource: "namespaces", subresource: "finalize", name: "shop")
            ),
            (
                "PATCH", "/api/v1/namespaces/shop/status",
                ResourceRequest(
                    verb: .patch, namespace: "shop", resource: "namespaces", subresource: "status", name: "shop")
            ),
            (
                "POST", "/apis/apps/v1/namespaces/shop/deployments",
                ResourceRequest(verb: .create, group: "apps", namespace: "shop", resource: "deployments")
            ),
            (
                "PUT", "/apis/apps/v1/namespaces/shop/deployments/web/scale",
                ResourceRequest(
                    verb: .update, group: "apps", namespace: "shop", resource: "deployments", subresource: "scale",
                    name: "web")
            ),
            (
                "DELETE", "/api/v1/namespaces/shop/configmaps",
                ResourceRequest(verb: .deleteCollection, namespace: "shop", resource: "configmaps")
            ),
            (
                "DELETE", "/api/v1/namespaces/shop/configmaps/a%20b",
                ResourceRequest(verb: .delete, namespace: "shop", resource: "configmaps", name: "a b")
            ),
            (
                "GET", "/api/v1/pods?fieldSelector=metadata.name%3Dweb",
                ResourceRequest(verb: .list, resource: "pods", name: "web")
            ),
            (
                "GET", "/api/v1/nodes/n1/proxy/stats/summary",
                ResourceRequest(
                    verb: .get, resource: "nodes", subresource: "proxy", name: "n1", remainder: "stats/summary")
            ),
            (
                "POST", "/apis/purser.dev/v1alpha1/usagereports",
                ResourceRequest(verb: .create, group: "purser.dev", version: "v1alpha1", resource: "usagereports")
            ),
            ("OPTIONS", "/api/v1/pods", ResourceRequest(verb: .none, resource: "pods")),
        ])
    func resources(method: String, target: String, expected: ResourceRequest) {
        #expect(RequestRoute.parse(HTTPRequest(method: method, target: target)) == .resource(expected))
    }

    @Test(
        "paths without a resource are kept as they are",
        arguments: [
            "/", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/version", "/openapi/v3/apis/apps/v1",
            "/healthz/ping",
        ])
    func nonResources(path: String) {
        #expect(RequestRoute.parse(method: "GET", path: path) == .nonResource(path: path, verb: "get"))
        #expect(RequestRoute.parse(method: "POST", path: path + "/") == .nonResource(path: path, verb: "post"))
    }
}
