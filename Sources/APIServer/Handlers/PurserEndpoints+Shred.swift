import ControlPlane
import Domain
import KubeModel

extension PurserEndpoints {
    /// Destroys the keys of a Secret: `{"secret": {"namespace": "shop", "name": "db"}}`.
    func shred(_ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        guard let keys = handler.keys else { throw .noSuchPath() }
        let body = try handler.body(call, nil)
        let shredder = Shredder(cluster: cluster, sealer: handler.sealer, keys: keys)
        guard let name = body.string("secret", "name"), let namespace = body.string("secret", "namespace") else {
            throw .badRequest("name what is to be shredded: {\"secret\": {\"namespace\": \"shop\", \"name\": \"db\"}}")
        }
        let result = try await shredder.shredSecret(
            ObjectKey(.secrets, namespace: namespace, name: name), origin: call.origin)
        response.send(
            .json(["position": .int(result.position), "destroyed": .array(result.ids.map { .string($0) })]))
    }
}
