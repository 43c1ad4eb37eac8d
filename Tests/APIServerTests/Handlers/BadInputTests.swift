import KubeModel
import Testing

/// What a client gets that sends what it should not: Kubernetes' code, reason and words.
@Suite struct BadInputTests {
    private struct Call {
        var method = "POST"
        var target = "/api/v1/namespaces/shop/configmaps"
        var type = "application/json"
        var body = ""
        let answer: String
    }

    private static let calls = [
        Call(
            body: #"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}"#,
            answer: "400 BadRequest Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) "
                + "to (v1.ConfigMap): unknown conversion"),
        Call(
            body: #"{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"a"}}"#,
            answer: "400 BadRequest the API version in the data (v2) does not match the expected API version (v1)"),
        Call(
            body: #"{"metadata":{"name":"a","namespace":"other"}}"#,
            answer: "400 BadRequest the namespace of the provided object does not match the namespace sent on the "
                + "request"),
        Call(
            body: #"{"metadata":{}}"#,
            answer: "422 Invalid ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is "
                + "required"),
        Call(
            body: #"{"metadata":{"name":"good"}}"#, answer: "409 AlreadyExists configmaps \"good\" already exists"),
        Call(
            target: "/api/v1/namespaces/shop/configmaps?fieldValidation=Strict",
            body: #"{"metadata":{"name":"a"},"datas":{}}"#,
            answer: "400 BadRequest ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding "
                + "error: unknown field \"datas\""),
        Call(
            target: "/api/v1/namespaces/nowhere/configmaps", body: #"{"metadata":{"name":"a"}}"#,
            answer: "404 NotFound namespaces \"nowhere\" not found"),
        Call(
            method: "PUT", target: "/api/v1/namespaces/shop/configmaps/good", body: #"{"metadata":{"name":"bad"}}"#,
            answer: "400 BadRequest the name of the object (bad) does not match the name on the URL (good)"),
        Call(
            method: "PUT", target: "/api/v1/namespaces/shop/configmaps/none", body: #"{"metadata":{"name":"none"}}"#,
            answer: "404 NotFound configmaps \"none\" not found"),
        Call(
            method: "PUT", target: "/api/v1/namespaces/shop/configmaps/good",
            body: #"{"metadata":{"name":"good","resourceVersion":"1"}}"#,
            answer: "409 Conflict Operation cannot be fulfilled on configmaps \"good\": the object has been modified; "
                + "please apply your changes to the latest version and try again"),
        Call(
            method: "PATCH", target: "/api/v1/namespaces/shop/configmaps/good", body: "{}",
            answer: "415 UnsupportedMediaType the body of the request was in an unknown format - accepted media types "
                + "include: "),
        Call(
            method: "PATCH", target: "/api/v1/namespaces/shop/configmaps/good", type: "application/json-patch+json",
            body: #"[{"op":"test","path":"/data/a","value":"2"}]"#,
            answer: "422 Invalid the server rejected our request due to an error in our request"),
        Call(
            method: "DELETE", target: "/api/v1/namespaces/shop/configmaps/good",
            body: #"{"preconditions":{"uid":"other"}}"#,
            answer: "409 Conflict Operation cannot be fulfilled on configmaps \"good\": Precondition failed: UID in "
                + "precondition: other, UID in object meta: "),
        Call(
            type: "text/html", body: "<p>",
            answer: "415 UnsupportedMediaType the body of the request was in an unknown format - accepted media types "
                + "include: application/json, "),
        Call(
            type: "application/yaml", body: "a: [1, 2\nb: {",
            answer: "400 BadRequest the body is not valid YAML: "),
        Call(body: #"{"metadata":"#, answer: "400 BadRequest the body is not valid JSON: "),
        Call(
            target: "/api/v1/namespaces/shop/rockets", body: "{}",
            answer: "404 NotFound the server could not find the requested resource"),
        Call(
            method: "GET", target: "/api/v1/pods?limit=few", answer: "400 BadRequest limit=few is no integer"),
        Call(
            method: "GET", target: "/api/v1/namespaces/shop/configmaps?labelSelector=a%20in%20(b",
            answer: "400 BadRequest unable to parse requirement: "),
        Call(
            method: "GET", target: "/api/v1/namespaces/shop/configmaps?resourceVersion=x",
            answer: "400 BadRequest resourceVersion: Invalid value: \"x\""),
    ]

    @Test("each call is refused as Kubernetes refuses it, and changes nothing")
    func refusals() async throws {
        try await APIDesk.run { desk in
            let good: JSON = ["metadata": ["name": "good"], "data": ["a": "1"]]
            let created = try await desk.create("/api/v1/namespaces/shop/configmaps", good)
            for call in Self.calls {
                let answer = await desk.call(
                    call.method, call.target, Array(call.body.utf8), headers: [("content-type", call.type)])
                let status = answer.json
                let text = "\(answer.status) \(status.string("reason") ?? "") \(status.string("message") ?? "")"
                #expect(text.hasPrefix(call.answer), "\(call.method) \(call.target) \(call.body)")
                #expect(status.string("kind") == "Status" && status.int("code") == Int64(answer.status))
            }
            #expect(await desk.get("/api/v1/namespaces/shop/configmaps").array("items") == [created])
        }
    }

    @Test("nobody is told anything without credentials")
    func unknown() async throws {
        try await APIDesk.run { desk in
            let answer = await desk.call("GET", "/api/v1/namespaces/shop/configmaps/none", as: nil)
            #expect(answer.status == 401 && answer.json.string("message") == "Unauthorized")
            let stranger = await desk.call(
                "GET", "/api/v1/namespaces/shop/pods/web",
                as: .init(commonName: "eve", organizations: []))
            #expect(
                stranger.json.string("message")
                    == "pods \"web\" is forbidden: User \"eve\" cannot get resource \"pods\" in API group \"\" in the "
                    + "namespace \"shop\"")
        }
    }
}
