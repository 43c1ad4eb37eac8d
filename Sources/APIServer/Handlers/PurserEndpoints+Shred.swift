import ControlPlane
import Domain
import KubeModel

extension PurserEndpoints {
    /// Destroys the keys of a Secret, `{"secret": {"namespace": "shop", "name": "db"}}`, or a person's name,
    /// `{"user": "alice"}`.
    func shred(_ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        guard let keys = handler.keys else { throw .noSuchPath() }
        let body = try handler.body(call, nil)
        let shredder = Shredder(cluster: cluster, sealer: handler.sealer, keys: keys)
        if let user = body.string("user"), Person.isPerson(user), let persons = handler.persons {
            let result = try await shredder.shredPerson(user, persons, origin: call.origin)
            return response.send(
                .json(["position": .int(result.position), "destroyed": .array(result.ids.map { .string($0) })]))
        }
        guard let name = body.string("secret", "name"), let namespace = body.string("secret", "namespace") else {
            throw .badRequest(
                "name what is to be shredded: {\"secret\": {\"namespace\": \"shop\", \"name\": \"db\"}} or "
                    + "{\"user\": \"alice\"}; machines (system:…) cannot be shredded")
        }
        let result = try await shredder.shredSecret(
            ObjectKey(.secrets, namespace: namespace, name: name), origin: call.origin)
        response.send(
            .json(["position": .int(result.position), "destroyed": .array(result.ids.map { .string($0) })]))
    }
}
