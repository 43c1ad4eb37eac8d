import CommandHandling
import KubeMachinery
import KubeModel
import Reconciliation

extension PlannedWrite {
    /// The API's verb for it.
    var verb: String {
        switch self {
        case .create, .bind: "create"
        case .update, .updateStatus, .postpone, .removeFinalizer, .switchTraffic, .scale: "update"
        case .delete: "delete"
        }
    }

    /// The request that carries it out; nil for a resource that is not served.
    ///
    /// - Parameter registry: asked for kinds that are not built in.
    func request(_ registry: @autoclosure () -> Registry, origin: CallOrigin) -> WriteRequest? {
        func make(
            _ resource: GroupResource, _ namespace: String, _ name: String, subresource: String? = nil,
            _ operation: WriteRequest.Operation
        ) -> WriteRequest? {
            (Registry.builtIn.type(resource) ?? registry().type(resource)).map {
                WriteRequest(
                    $0, namespace: namespace, name: name, subresource: subresource, operation: operation,
                    origin: origin)
            }
        }
        switch self {
        case .create(let resource, let object): return make(resource, object.namespace, "", .create(object.json))
        case .update(let resource, let object):
            return make(resource, object.namespace, object.name, .update(object.json))
        case .updateStatus(let resource, let object):
            return make(resource, object.namespace, object.name, subresource: "status", .update(object.json))
        case .postpone(let pod, let verdict):
            var request = make(.pods, pod.namespace, pod.name, subresource: "status", .update(pod.json))
            request?.remarks["verdict"] = verdict
            return request
        case .delete(let key, let uid, let grace):
            let options = DeleteOptions(gracePeriodSeconds: grace, uid: uid)
            return make(key.resource, key.namespace, key.name, .delete(options))
        case .removeFinalizer(let key, let uid, let finalizer):
            return make(key.resource, key.namespace, key.name, .removeFinalizer(finalizer, uid: uid))
        case .bind(let pod, let uid, let node, let verdict):
            return make(
                pod.resource, pod.namespace, pod.name, subresource: "binding",
                .bind(node: node, uid: uid, verdict: verdict))
        case .switchTraffic(let deployment):
            return make(
                .deployments, deployment.namespace, deployment.name, subresource: "status",
                .switchTraffic(deployment.status))
        case .scale(let resource, let workload, let replicas, let autoscaling):
            var scale = Scale.of(workload.json)
            scale[["spec", "replicas"]] = .int(replicas)
            var request = make(
                resource, workload.namespace, workload.name, subresource: "scale", .update(scale))
            request?.remarks["autoscaling"] = autoscaling
            return request
        }
    }
}
