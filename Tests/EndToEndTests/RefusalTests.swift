import KubeModel
import Testing

extension EndToEnd {
    @Suite("bad input") struct Refusals {
        let cluster: Cluster
        init() throws { cluster = try EndToEnd.cluster }

        /// A call that must be refused: what is sent, and what must come back.
        struct Call: Sendable, CustomTestStringConvertible {
            var name: String
            var method = "POST"
            var path = "/api/v1/namespaces/refusals/configmaps"
            var contentType = "application/json"
            var body: String
            var code: Int
            var reason: String
            var message: String
            var hasCredentials = true
            var testDescription: String { name }
        }

        static let calls = [
            Call(name: "malformed JSON", body: #"{"apiVersion":"#, code: 400, reason: "BadRequest", message: ""),
            Call(
                name: "malformed YAML", contentType: "application/yaml", body: "a: [1, 2\nb: {", code: 400,
                reason: "BadRequest", message: ""),
            Call(
                name: "an unknown kind", path: "/apis/apps/v1/namespaces/refusals/rockets",
                body: #"{"apiVersion":"apps/v1","kind":"Rocket","metadata":{"name":"bad"}}"#, code: 404,
                reason: "NotFound", message: "the server could not find the requested resource"),
            Call(
                name: "a field of the wrong type", path: "/apis/apps/v1/namespaces/refusals/deployments",
                body:
                    #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"bad"},"spec":{"replicas":"three"}}"#,
                code: 400, reason: "BadRequest", message: "replicas"),
            Call(
                name: "an object of 3 MB",
                body: #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bad"},"data":{"a":""#
                    + String(repeating: "a", count: 3 << 20) + "\"}}",
                code: 413, reason: "RequestEntityTooLarge", message: "limit is"),
            Call(
                name: "a stale resourceVersion", method: "PUT", path: "/api/v1/namespaces/refusals/configmaps/good",
                body:
                    #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"good","resourceVersion":"1"},"data":{"a":"2"}}"#,
                code: 409, reason: "Conflict", message: "the object has been modified"),
            Call(
                name: "a namespace that does not exist", path: "/api/v1/namespaces/nowhere/configmaps",
                body: #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bad"}}"#, code: 404,
                reason: "NotFound", message: #"namespaces "nowhere" not found"#),
            Call(
                name: "no credentials", body: #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bad"}}"#,
                code: 401, reason: "Unauthorized", message: "Unauthorized", hasCredentials: false),
        ]

        @Test("each gets its code and reason, is written down once as refused, and changes nothing")
        func refused() async throws {
            try await cluster.inNamespace("refusals") { shell in
                try await shell("kubectl create configmap good --from-literal=a=1")
                let objects =
                    "kubectl get configmaps,deployments -o json -A | jq -S '[.items[] | select(.metadata.namespace == \"refusals\" or .metadata.namespace == \"nowhere\")]'"
                let before = try await shell(objects)
                for call in Self.calls { try await refuse(call, shell) }
                #expect(try await shell(objects) == before)
            }
        }

        private func refuse(_ call: Call, _ shell: Shell) async throws {
            let position = try await shell(
                "kubectl get --raw /api/v1/namespaces?limit=1 | jq -r .metadata.resourceVersion")
            let key = call.hasCredentials ? "--cert $PURSER_DATA/pki/admin.crt --key $PURSER_DATA/pki/admin.key" : ""
            let answer = try await shell(
                """
                curl -sS --cacert $PURSER_DATA/pki/ca.crt \(key) -X \(call.method) -H 'Content-Type: \(call.contentType)' \
                    --data-binary @- -w '\\n%{http_code}' https://127.0.0.1:$(jq .apiPort $PURSER_DATA/instance.json)\(call.path)
                """, input: call.body)
            let lines = answer.lines
            let body = try JSON(parsing: lines.dropLast().joined())
            #expect(lines.last == "\(call.code)", "\(call.name): \(answer)")
            #expect(body.string("kind") == "Status" && body.string("status") == "Failure", "\(call.name): \(answer)")
            #expect(body.int("code") == Int64(call.code), "\(call.name): \(answer)")
            #expect(body.string("reason") == call.reason, "\(call.name): \(answer)")
            #expect(
                call.message.isEmpty || body.string("message")?.contains(call.message) == true,
                "\(call.name): \(answer)")

            let path = call.path.split(separator: "?")[0]
            let recorded = try await shell.until(
                "\(call.name) is written down",
                """
                psql -h $PURSER_DATA/run/postgres -U postgres -d purser -Atc "select convert_from(payload, 'UTF8') from log.events where type = 'CallRefused' and position > \(position)"
                """
            ) { $0.contains(path) }
            #expect(recorded.lines.filter { $0.contains(path) }.count == 1, "\(call.name)")
        }
    }
}
