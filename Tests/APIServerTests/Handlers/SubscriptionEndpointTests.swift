import Domain
import EventLog
import KubeModel
import Testing

@testable import APIServer

@Suite("The subscriptions' endpoint")
struct SubscriptionEndpointTests {
    private static let path = "/apis/purser.dev/v1alpha1/subscriptions"

    @Test(
        "a filter that is not understood is refused, never taken for one that admits everything",
        arguments: [
            #"{"filter":{"resorce":"pods"}}"#, #"{"filter":{"types":"PodBound"}}"#, #"{"filter":"pods"}"#,
            #"{"filter":{"types":["PodBoond"]}}"#, #"{"filter":{"namespace":"shop","node":"n1"}}"#,
            #"{"filter":{"reads":"yes"}}"#, #"{"form":5}"#,
        ])
    func unknownFilters(_ text: String) async throws {
        try await HandlerFixture.run { fixture in
            var body = try JSON(parsing: Array(text.utf8))
            body["name"] = "reader"
            #expect(await fixture.call("POST", Self.path, body).status == 400)
            #expect(await fixture.call("GET", "\(Self.path)/reader").status == 404)
        }
    }

    @Test("a name that begins anew at a position keeps its filter, and takes another only together with a position")
    func filterStays() async throws {
        try await HandlerFixture.run { fixture in
            try await fixture.json("POST", "/api/v1/namespaces", ["metadata": ["name": "shop"]])
            let filter: JSON = ["resource": "pods", "types": ["PodBound", "CustomResourceCreated"]]
            let made = try await fixture.json("POST", Self.path, ["name": "reader", "filter": filter, "from": 0])
            #expect(made["filter"] == filter)
            let again = try await fixture.json("POST", Self.path, ["name": "reader", "from": 1])
            #expect(again["filter"] == filter && again.int("position") == 1)
            let live = try await fixture.json("POST", Self.path, ["name": "reader"])
            #expect(live["filter"] == filter && live.int("position") == 1)
            let other: JSON = ["name": "reader", "filter": ["namespace": "shop", "reads": false]]
            #expect(await fixture.call("POST", Self.path, other).status == 409)
            var begun = other
            begun["from"] = 0
            #expect(try await fixture.json("POST", Self.path, begun)["filter"] == ["namespace": "shop"])
        }
    }

    @Test("the values of a Secret are told to nobody who follows it, not even sealed")
    func secrets() async throws {
        try await HandlerFixture.run { fixture in
            try await fixture.json("POST", "/api/v1/namespaces", ["metadata": ["name": "shop"]])
            try await fixture.json(
                "POST", "/api/v1/namespaces/shop/secrets",
                ["metadata": ["name": "db"], "stringData": ["password": "plugh"]])
            try await fixture.json(
                "POST", Self.path, ["name": "reader", "from": 0, "filter": ["resource": "secrets"]])
            try await fixture.stream("\(Self.path)/reader/events") { lines in
                for await line in lines {
                    #expect(line.string("object", "type") == "SecretCreated")
                    #expect(line[["object", "payload", "data"]] == ["password": "(hidden)"])
                    break
                }
            }
        }
    }
}
