import CommandHandling
import Domain
import KubeMachinery
import KubeModel
import Testing

/// A state with a clock, on which writes are prepared, decided and folded as the server does it, all pure.
struct Desk {
    var state: ClusterState
    var now = Timestamp(seconds: 1_800_000_000)
    var events: [RecordedEvent] = []
    var sealer: SecretSealer?
    private var count = 0

    init(sealer: SecretSealer? = nil) throws {
        var state = ClusterState()
        state.buildIndexes()
        self.state = state
        self.sealer = sealer
        try run(.namespaces, .create(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "shop"]]))
    }

    /// What one write came to: the object after it (nil if it ended) and the event; no event if it changed nothing.
    struct Outcome {
        var object: KubeObject?
        var event: Event?
    }

    func request(
        _ resource: GroupResource, _ operation: WriteRequest.Operation, namespace: String, name: String,
        subresource: String?
    ) throws -> WriteRequest {
        let type = try #require(Registry.builtIn.type(resource))
        return WriteRequest(
            type, namespace: type.isNamespaced ? namespace : "", name: name, subresource: subresource,
            operation: operation,
            origin: CallOrigin(
                caller: Caller(subject: "tester", verb: "test"), callID: CallID(high: 1, low: UInt64(events.count))))
    }

    @discardableResult
    mutating func run(
        _ resource: GroupResource, _ operation: WriteRequest.Operation, namespace: String = "shop", name: String = "",
        subresource: String? = nil
    ) throws -> Outcome {
        let request = try request(resource, operation, namespace: namespace, name: name, subresource: subresource)
        count += 1
        let uid = "uid-\(count)"
        if resource == .secrets { _ = try sealer?.makeKey(uid: uid) }
        let preparation = Preparation(
            state: state, request: request, now: now, newUID: uid, suffix: "s\(count)", sealer: sealer)
        switch try preparation.prepare() {
        case .unchanged(let object, _): return Outcome(object: object.object(), event: nil)
        case .change(let change, _): return try decide(change, request)
        }
    }

    private mutating func decide(_ change: ObjectChange, _ request: WriteRequest) throws -> Outcome {
        let range = try #require(AddressRange("10.96.0.0/16"))
        let command = Command(caller: request.origin.caller, callID: request.origin.callID, changes: [change])
        switch state.decide(command, context: DecisionContext(term: 1, serviceRange: range)) {
        case .rejected(let status): throw status
        case .stale(let key): throw KubeStatus.staleResourceVersion(key.resource, name: key.name)
        case .events(let decided):
            let event = try #require(decided.first)
            let record = Envelope.record(event, position: state.position + 1, recordedAt: now)
            try state.apply(record)
            events.append(record)
            return Outcome(object: state[change.key]?.object(), event: event)
        }
    }

    func object(_ resource: GroupResource, _ name: String) -> KubeObject? {
        state[ObjectKey(resource, namespace: "shop", name: name)]?.object()
    }

    static func configMap(_ name: String, _ value: String, metadata: JSONObject = [:]) -> JSON {
        var object: JSON = ["apiVersion": "v1", "kind": "ConfigMap", "data": ["value": .string(value)]]
        var metadata = metadata
        metadata["name"] = .string(name)
        object["metadata"] = .object(metadata)
        return object
    }

    static let pod: JSON = [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
        "spec": ["containers": [["name": "c", "image": "nginx", "resources": ["requests": ["cpu": "600m"]]]]],
    ]

    static let deployment: JSON = [
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web", "labels": ["tier": "front"]],
        "spec": [
            "replicas": 1, "selector": ["matchLabels": ["app": "web"]],
            "template": [
                "metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "c", "image": "nginx:1"]]],
            ],
        ],
    ]

    /// A pod on a node that has one CPU.
    mutating func bindPod() throws {
        try run(.nodes, .create(["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n1"]]))
        let node: JSON = [
            "apiVersion": "v1", "kind": "Node", "metadata": ["name": "n1"],
            "status": ["allocatable": ["cpu": "1", "memory": "1Gi", "pods": "10"]],
        ]
        try run(.nodes, .update(node), name: "n1", subresource: "status")
        try run(.pods, .create(Self.pod))
        try run(.pods, .bind(node: "n1", uid: nil, verdict: ["n1": "fits"]), name: "p", subresource: "binding")
    }
}

/// The refusal that `body` ends with, as code and reason.
func refusal(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "none"
    } catch let status as KubeStatus {
        return "\(status.code) \(status.reason)"
    } catch {
        return "\(error)"
    }
}
