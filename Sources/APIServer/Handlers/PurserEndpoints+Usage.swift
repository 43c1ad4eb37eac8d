import ControlPlane
import Domain
import KubeModel

extension PurserEndpoints {
    /// A node's usage report becomes one event; 201 only once it is durable.
    func takeUsageReport(_ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        let report = try handler.body(call, nil)
        guard let node = report.string("node"), !node.isEmpty, report["pods"]?.arrayValue != nil,
            let bootID = report.string("bootID"), !bootID.isEmpty
        else { throw .badRequest("a UsageReport names \"node\", \"bootID\" and \"pods\"") }
        if let own = call.identity.nodeName, own != node {
            throw .forbidden(
                GroupResource("usagereports.purser.dev"), name: node, "node \"\(own)\" cannot report for others")
        }
        let event = Event(
            stream: "usage/\(node)", revision: 0, type: EventCatalogue.usageMeasured, isKeyframe: false,
            payload: report.canonicalBytes, caller: call.caller, callID: call.callID, ordinal: 0)
        guard case .committed = await cluster.sequencer.submit(event) else {
            throw .serviceUnavailable("the event log cannot be reached; send the report again")
        }
        response.send(.json(["apiVersion": "purser.dev/v1alpha1", "kind": "UsageReport"], status: 201))
    }
}
