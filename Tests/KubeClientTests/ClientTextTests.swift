import KubeModel
import Testing

@testable import KubeClient

@Suite struct ClientTextTests {
    @Test("lines come out whole, however the bytes are cut", arguments: 1..<12)
    func splitting(_ size: Int) {
        let bytes = Array("one\ntwo\n\nthree\nrest".utf8)
        var splitter = LineSplitter()
        var lines: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            lines += splitter.feed(bytes[start..<min(start + size, bytes.count)]).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        #expect(lines == ["one", "two", "three"])
        #expect(String(decoding: splitter.remainder, as: UTF8.self) == "rest")
    }

    @Test("paths name the collection, the object and its subresource")
    func paths() {
        #expect(APIResource.pods.path() == "/api/v1/pods")
        #expect(
            APIResource.deployments.path(namespace: "shop", name: "web", subresource: "scale")
                == "/apis/apps/v1/namespaces/shop/deployments/web/scale")
        #expect(APIResource.nodes.path(namespace: "shop", name: "n 1/x") == "/api/v1/nodes/n%201%2Fx")
        #expect(PathText.query([("labelSelector", "a=b,c in (d)")]) == "?labelSelector=a%3Db%2Cc%20in%20%28d%29")
    }

    @Test("a watch's lines become events, and an ERROR its Status")
    func watchEvents() throws {
        let parser = JSONParser()
        let line = Array(
            #"{"type":"MODIFIED","object":{"kind":"Pod","metadata":{"name":"a","resourceVersion":"7"}}}"#.utf8)
        let event = try WatchEvent(line: line, parser: parser)
        #expect(event.kind == .modified && event.object.name == "a" && event.object.resourceVersion == "7")
        let gone = Array(
            #"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"old"}}"#.utf8)
        #expect(throws: KubeStatus(code: 410, reason: "Expired", message: "old")) {
            try WatchEvent(line: gone, parser: parser)
        }
        #expect(throws: TransportError.self) { try WatchEvent(line: Array("{".utf8), parser: parser) }
    }

    @Test("resources are found by every name that people use")
    func mapping() throws {
        let discovery: JSON = [
            "items": [
                [
                    "metadata": ["name": "apps"],
                    "versions": [
                        [
                            "version": "v1",
                            "resources": [
                                [
                                    "resource": "deployments", "singularResource": "deployment", "scope": "Namespaced",
                                    "responseKind": ["kind": "Deployment"], "shortNames": ["deploy"],
                                    "categories": ["all"], "verbs": ["get"],
                                ]
                            ],
                        ]
                    ],
                ]
            ]
        ]
        let mapping = ResourceMapping(resources: ResourceMapping.resources(ofDiscovery: discovery))
        let names = ["deployments", "deployment", "Deployment", "deploy", "deploy.apps", "deployments.v1.apps"]
        #expect(names.allSatisfy { mapping.find($0)?.path() == "/apis/apps/v1/deployments" })
        #expect(mapping.find("deploy.core") == nil && mapping.find("pods") == nil)
        #expect(mapping.find(GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment"))?.name == "deployments")
        #expect(mapping.category("all").map(\.name) == ["deployments"])
    }

    @Test("pauses double up to the longest and start over after success")
    func backoff() {
        var backoff = Backoff(first: .milliseconds(100), longest: .milliseconds(400))
        let pauses = (0..<4).map { _ in backoff.next() }
        let limits: [Duration] = [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(400)]
        #expect(zip(pauses, limits).allSatisfy { $0 <= $1 && $0 >= $1 * 0.5 })
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(100))
    }
}
