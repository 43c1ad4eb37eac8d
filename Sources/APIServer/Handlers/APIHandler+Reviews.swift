import KubeModel

extension APIHandler {
    /// `kubectl auth whoami` and `kubectl auth can-i`: questions that are posted but change nothing.
    /// - Returns: false if the resource is no review.
    func serveReview(_ resource: ResourceRequest, _ call: APICall, _ response: any ResponseWriter)
        async throws(KubeStatus) -> Bool
    {
        guard resource.verb == .create else { return false }
        var answer: JSON
        switch (resource.group, resource.resource) {
        case ("authentication.k8s.io", "selfsubjectreviews"):
            answer = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": [:]]
            var user: JSON = [
                "username": .string(call.identity.name), "groups": .array(call.identity.groups.map { .string($0) }),
            ]
            if !call.identity.uid.isEmpty { user["uid"] = .string(call.identity.uid) }
            answer[["status", "userInfo"]] = user
        case ("authorization.k8s.io", "selfsubjectaccessreviews"):
            let spec = try body(call, nil)["spec"] ?? [:]
            answer = [
                "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "metadata": [:],
                "spec": spec,
            ]
            switch authorizer.decide(call.identity, Self.attributes(spec)) {
            case .allow: answer["status"] = ["allowed": true]
            case .deny(let reason): answer["status"] = ["allowed": false, "reason": .string(reason)]
            }
        default: return false
        }
        try await recordServed(call, code: 201)
        response.send(.json(answer, status: 201))
        return true
    }

    private static func attributes(_ spec: JSON) -> RequestAttributes {
        if let path = spec.string("nonResourceAttributes", "path") {
            return RequestAttributes(verb: spec.string("nonResourceAttributes", "verb") ?? "get", nonResourcePath: path)
        }
        let asked = spec["resourceAttributes"] ?? [:]
        return RequestAttributes(
            verb: asked.string("verb") ?? "", group: asked.string("group") ?? "",
            resource: asked.string("resource") ?? "",
            subresource: asked.string("subresource") ?? "", namespace: asked.string("namespace") ?? "",
            name: asked.string("name") ?? "")
    }
}
