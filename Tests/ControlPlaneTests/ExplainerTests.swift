import CommandHandling
import Domain
import EventLog
import KubeModel
import Reconciliation
import Testing

@testable import ControlPlane

@Suite("Explanations")
struct ExplainerTests {
    private static func controllers(_ replica: Replica) -> [ControllerRuntime] {
        [
            ControllerRuntime(
                cluster: replica.cluster, writer: replica.writer,
                reconcilers: Reconcilers.all(startedAt: replica.cluster.clock.now), logger: Replica.quiet)
        ]
    }

    /// A Deployment of one pod, and the pod once a controller made it and `passes` holds of it.
    private static func pod(
        _ replica: Replica, cpu: String, until passes: @Sendable (KubeObject) -> Bool
    ) async throws -> ObjectKey {
        try await replica.createNamespace()
        try await replica.create(.nodes, Replica.node("n1", cpu: "1"))
        try await replica.create(.deployments, Replica.deployment("web", app: "web", cpu: cpu))
        while true {
            if let pod = replica.cluster.view.list(.pods, namespace: "shop").first, passes(pod) {
                return pod.key(.pods)
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test("a pod is explained from its node, with the verdict on it, back to the person who made the Deployment")
    func bound() async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log, services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "10m") { $0.spec.string("nodeName") == "n1" }
            let explanation = try #require(try await Explainer(replica.cluster).explain(key))
            let answer = try #require(explanation.answers.first)
            #expect(explanation.exists)
            #expect(answer.question == "why it is on n1")
            let types = answer.chain.map(\.event.event.type).filter { !$0.hasSuffix("StatusChanged") }
            #expect(types == ["PodBound", "PodCreated", "ReplicaSetCreated", "DeploymentCreated"])
            #expect(answer.chain.first?.verdict?.string("chosen") == "n1")
            #expect(answer.chain.first?.event.event.caller.subject == "system:kube-scheduler")
            #expect(answer.chain.last?.event.event.caller.subject == "tester")
            let positions = answer.chain.map(\.event.position)
            #expect(positions == positions.sorted(by: >))
        }
    }

    @Test("a pod that finds no node keeps the scheduler's verdict on every node in the event that says so")
    func unschedulable() async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log, services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "4") { $0.condition("PodScheduled") != nil }
            let explanation = try #require(try await Explainer(replica.cluster).explain(key))
            let answer = try #require(explanation.answers.first)
            #expect(answer.question == "why it finds no node")
            let first = try #require(answer.chain.first)
            #expect(first.verdict == ["evaluated": 1, "feasible": 0, "nodes": ["n1": ["Insufficient cpu"]]])
            #expect(first.note == "0/1 nodes are available: 1 Insufficient cpu.")
            #expect(answer.chain.dropFirst().first?.event.event.type == "PodCreated")
            #expect(answer.chain.last?.event.event.caller.subject == "tester")
        }
    }

    @Test("a pod that is long gone tells who ended it, how it failed, and where it ran")
    func gone() async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log, services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "10m") { $0.spec.string("nodeName") == "n1" }
            try await replica.report(key, exitCode: 137, reason: "OOMKilled")
            let scale = JSON.object(["spec": ["replicas": 0]]).canonicalBytes
            let scaled = try await replica.writer.execute(
                replica.request(.deployments, namespace: "shop", name: "web", .patch(.merge, scale)))
            while replica.cluster.state[key]?.isBeingDeleted != true { try await Task.sleep(for: .milliseconds(5)) }
            // The node's last word.
            _ = try await replica.writer.execute(
                replica.request(
                    .pods, namespace: "shop", name: key.name, .delete(DeleteOptions(gracePeriodSeconds: 0))))
            #expect(replica.cluster.state[key] == nil)

            let explanation = try #require(try await Explainer(replica.cluster).explain(key))
            #expect(!explanation.exists)
            #expect(
                explanation.answers.map(\.question) == [
                    "why it was deleted", "why: container web ended with exit code 137 (OOMKilled)", "why it was on n1",
                ])
            let deletion = explanation.answers[0].chain
            #expect(deletion.first?.event.event.type == "PodDeletionRequested")
            #expect(deletion.first?.event.event.caller.subject == "system:controller:replicaset")
            let told = deletion.map { "\($0.event.position) \($0.event.event.type) <- \($0.event.event.cause)" }
            #expect(deletion.last?.event.position == scaled.object?.position, "\(told)")
            let failure = explanation.answers[1].chain
            #expect(failure.first?.event.event.caller.subject == "system:node:n1")
            #expect(failure.last?.event.event.type == "DeploymentCreated")
        }
    }

    @Test("a pod that does not run says what its container waits for, since when, and whose doing it is")
    func waiting() async throws {
        let log = InMemoryEventLog()
        try await Replica.run(on: log, services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "10m") { $0.spec.string("nodeName") == "n1" }
            for seconds in [10, 20] {
                try await replica.report(
                    key, state: ["waiting": ["reason": "CrashLoopBackOff", "message": .string("back-off \(seconds)s")]])
            }
            let explanation = try #require(try await Explainer(replica.cluster).explain(key))
            #expect(
                explanation.answers.map(\.question) == [
                    "why it does not run: container web waits: CrashLoopBackOff (back-off 20s)", "why it is on n1",
                ])
            let first = try #require(explanation.answers.first?.chain.first)
            #expect(first.note == "container web waits: CrashLoopBackOff (back-off 10s)")
            #expect(explanation.answers.first?.chain.last?.event.event.type == "DeploymentCreated")
        }
    }

    @Test("a field is explained by the last event that changed it")
    func field() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            try await replica.create(.configMaps, Replica.configMap("a", "1"))
            let changed = try await replica.patch("a", "2")
            let label = JSON.object(["metadata": ["labels": ["x": "y"]]]).canonicalBytes
            _ = try await replica.writer.execute(
                replica.request(.configMaps, namespace: "shop", name: "a", .patch(.merge, label)))
            let key = ObjectKey(.configMaps, namespace: "shop", name: "a")
            let answer = try #require(
                try await Explainer(replica.cluster).explain(key, field: "data.value")?.answers.first)
            #expect(answer.question == "why data.value is 2")
            #expect(answer.chain.map(\.event.position) == [changed.object?.position])
            #expect(answer.chain.first?.changes.map(\.path) == ["data.value"])
            let status = await #expect(throws: KubeStatus.self) {
                try await Explainer(replica.cluster).explain(key, field: "data.nothing")
            }
            #expect(status?.code == 400)
            let without = JSON.object(["metadata": ["labels": ["x": .null]]]).canonicalBytes
            let removed = try await replica.writer.execute(
                replica.request(.configMaps, namespace: "shop", name: "a", .patch(.merge, without)))
            let gone = try #require(
                try await Explainer(replica.cluster).explain(key, field: "metadata.labels[x]")?.answers.first)
            #expect(gone.question == "why metadata.labels[x] is gone")
            #expect(gone.chain.map(\.event.position) == [removed.object?.position])
        }
    }

    @Test("a field of a Secret is explained without its value")
    func secretField() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            try await replica.create(
                .secrets,
                [
                    "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "namespace": "shop"],
                    "data": ["pw": "aHVudGVyMg=="],
                ])
            let key = ObjectKey(.secrets, namespace: "shop", name: "s")
            for field in ["data", "data.pw"] {
                let answer = try await Explainer(replica.cluster).explain(key, field: field)?.answers.first
                #expect(answer?.question == "why \(field) is as it is")
            }
            let status = await #expect(throws: KubeStatus.self) {
                try await Explainer(replica.cluster).bisect(
                    key, StatePredicate("data.pw=x"), good: replica.cluster.state.position - 1,
                    bad: replica.cluster.state.position)
            }
            #expect(status?.message.contains("aHVudGVyMg") == false)
        }
    }

    @Test("an image that cannot be pulled is one trouble, and its first event tells what the registry said")
    func imagePull() async throws {
        try await Replica.run(on: InMemoryEventLog(), services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "10m") { $0.spec.string("nodeName") == "n1" }
            for _ in 1...2 {
                try await replica.report(key, state: ["waiting": ["reason": "ErrImagePull", "message": "not found"]])
                try await replica.report(key, state: ["waiting": ["reason": "ImagePullBackOff", "message": "later"]])
            }
            let answer = try #require(try await Explainer(replica.cluster).explain(key)?.answers.first)
            #expect(answer.question == "why it does not run: container web waits: ImagePullBackOff (later)")
            #expect(answer.chain.first?.note == "container web waits: ErrImagePull (not found)")
        }
    }

    @Test("a container that keeps failing is told in one answer, with the probe for which it was killed")
    func crashLoop() async throws {
        try await Replica.run(on: InMemoryEventLog(), services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "10m") { $0.spec.string("nodeName") == "n1" }
            try await replica.warn(key, "Unhealthy", "Liveness probe failed: no answer", container: "web")
            let message = "back-off 40s restarting failed container=web pod=web_shop(1-2-3)"
            try await replica.report(
                key, state: ["waiting": ["reason": "CrashLoopBackOff", "message": .string(message)]],
                last: ["terminated": ["exitCode": 137, "reason": "Error"]])
            let answers = try #require(try await Explainer(replica.cluster).explain(key)?.answers)
            #expect(
                answers.map(\.question) == [
                    "why it does not run: container web waits: CrashLoopBackOff (back-off 40s); "
                        + "Liveness probe failed: no answer", "why it is on n1",
                ])
            let note = try #require(answers.first?.chain.first?.note)
            #expect(note.hasPrefix("container web ended with exit code 137 (Error); container web waits: Crash"))
        }
    }

    @Test("a container that cannot start is told with the runtime's word, however long ago it was tried")
    func startError() async throws {
        try await Replica.run(on: InMemoryEventLog(), services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "10m") { $0.spec.string("nodeName") == "n1" }
            let end: JSON = ["exitCode": 128, "reason": "StartError", "message": "no such file\nat all"]
            try await replica.report(key, state: ["terminated": end])
            for reason in ["ContainerCreating", "CrashLoopBackOff"] {
                try await replica.report(
                    key, state: ["waiting": ["reason": .string(reason)]], last: ["terminated": end])
            }
            let answers = try #require(try await Explainer(replica.cluster).explain(key)?.answers)
            #expect(
                answers.map(\.question) == [
                    "why it does not run: container web waits: CrashLoopBackOff", "why it is on n1",
                ])
            #expect(
                answers.first?.chain.first?.note == "container web ended with exit code 128 (StartError: no such file)")
        }
    }

    @Test("a call that was refused says what was asked for and how it was answered")
    func refusal() throws {
        let payload: JSON = ["code": 403, "reason": "Forbidden", "message": "no", "uri": "/a"]
        let call = Event(
            stream: "configmaps/shop/a", revision: 0, type: EventCatalogue.callRefused, isKeyframe: false,
            payload: payload.canonicalBytes, caller: Caller(subject: "ann", verb: "get"),
            callID: CallID(high: 1, low: 1), ordinal: 0)
        let recorded = RecordedEvent(
            position: 7, recordedAt: Timestamp(microseconds: 1), event: call, envelope: [], leaf: [])
        #expect(CauseLink.outcome(recorded) == "get /a: 403 Forbidden: no")
    }

    @Test("a pod that failed for lack of memory says so, and how it ends when it is deleted is no failure")
    func failed() async throws {
        try await Replica.run(on: InMemoryEventLog(), services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "10m") { $0.spec.string("nodeName") == "n1" }
            try await replica.report(
                key, state: ["terminated": ["exitCode": 137, "reason": "OOMKilled"]], phase: "Failed")
            let first = try await Explainer(replica.cluster).explain(key)?.answers.first
            #expect(first?.question == "why: container web ended with exit code 137 (OOMKilled)")
        }
        try await Replica.run(on: InMemoryEventLog(), services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "10m") { $0.spec.string("nodeName") == "n1" }
            _ = try await replica.writer.execute(
                replica.request(.pods, namespace: "shop", name: key.name, .delete(DeleteOptions())))
            try await replica.report(key, state: ["terminated": ["exitCode": 137, "reason": "Error"]], phase: "Failed")
            let answers = try await Explainer(replica.cluster).explain(key)?.answers
            #expect(answers?.map(\.question) == ["why it is being deleted", "why it is on n1"])
        }
    }

    @Test("a pod whose node cannot start it is explained by what the node warned of last")
    func slowStart() async throws {
        try await Replica.run(on: InMemoryEventLog(), services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "10m") { $0.spec.string("nodeName") == "n1" }
            try await replica.report(key, state: ["waiting": ["reason": "ContainerCreating"]], phase: "Pending")
            try await replica.warn(key, "FailedCreatePodSandBox", "no address is left")
            let answer = try #require(try await Explainer(replica.cluster).explain(key)?.answers.first)
            #expect(answer.question == "why it does not start: no address is left")
            #expect(answer.chain.first?.note == "FailedCreatePodSandBox: no address is left")
            #expect(
                answer.chain.map(\.event.event.type).filter { !$0.hasSuffix("StatusChanged") }
                    == ["EventCreated", "PodCreated", "ReplicaSetCreated", "DeploymentCreated"])
            #expect(answer.chain.last?.event.event.caller.subject == "tester")
            // What was warned of before the pod went on says nothing of what it waits for now.
            try await replica.report(key, state: ["waiting": ["reason": "PodInitializing"]], phase: "Pending")
            let later = try await Explainer(replica.cluster).explain(key)?.answers.first
            #expect(later?.question == "why it is on n1")
        }
    }

    @Test(
        "a pod that the scheduler does not try to place says what it waits for",
        arguments: [
            (["schedulingGates": [["name": "x/y"]]], "its scheduling gates are not opened: x/y"),
            (["schedulerName": "other"], "it asks for the scheduler other, which has not placed it"),
        ] as [(JSON, String)])
    func unplaced(spec: JSON, reason: String) async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            var pod: JSON = [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p", "namespace": "shop"],
                "spec": ["containers": [["name": "c", "image": "a"]]],
            ]
            for (name, value) in spec.object() { pod[["spec", name]] = value }
            try await replica.create(.pods, pod)
            let key = ObjectKey(.pods, namespace: "shop", name: "p")
            let answers = try await Explainer(replica.cluster).explain(key)?.answers
            #expect(answers?.map(\.question) == ["why it has no node: \(reason)"])
        }
    }

    @Test("a pod that is not ready says which probe fails")
    func unready() async throws {
        try await Replica.run(on: InMemoryEventLog(), services: Self.controllers) { replica in
            let key = try await Self.pod(replica, cpu: "10m") { $0.spec.string("nodeName") == "n1" }
            try await replica.report(key, state: ["running": [:]], phase: "Running", isReady: false)
            try await replica.warn(key, "Unhealthy", "Readiness probe failed: refused\n", container: "web")
            let answer = try #require(try await Explainer(replica.cluster).explain(key)?.answers.first)
            #expect(answer.question == "why it is not ready: Readiness probe failed: refused")
            #expect(answer.chain.first?.note == "Unhealthy: Readiness probe failed: refused")
            #expect(answer.chain.dropFirst().first?.note == "phase Running")
            // How a container ended before is another matter.
            try await replica.report(
                key, state: ["running": [:]], last: ["terminated": ["exitCode": 1]], phase: "Running", isReady: false)
            let later = try await Explainer(replica.cluster).explain(key)?.answers.map(\.question)
            #expect(
                later == [answer.question, "why: container web ended with exit code 1", "why it is on n1"])
        }
    }

    @Test("an object in a condition that it should not be in says since when")
    func condition() async throws {
        try await Replica.run(on: InMemoryEventLog(), services: Self.controllers) { replica in
            _ = try await Self.pod(replica, cpu: "4") { $0.condition("PodScheduled") != nil }
            let key = ObjectKey(.deployments, namespace: "shop", name: "web")
            while replica.cluster.state[key]?.object().condition("Available") == nil {
                try await Task.sleep(for: .milliseconds(5))
            }
            let answers = try #require(try await Explainer(replica.cluster).explain(key)?.answers)
            #expect(answers.first?.question.hasPrefix("why Available is False: ") == true, "\(answers)")
            #expect(answers.first?.chain.last?.event.event.type == "DeploymentCreated")
            #expect(answers.last?.question == "why it is as it is")
        }
    }

    @Test("that a node fell silent follows from nothing that happened to its pods")
    func silence() async throws {
        try await Replica.run(on: InMemoryEventLog(), services: Self.controllers) { replica in
            try await replica.create(.nodes, Replica.node("n1", cpu: "1"))
            let key = ObjectKey(.nodes, name: "n1")
            let created = replica.cluster.state.position
            try await replica.createNamespace()
            var node = try #require(replica.cluster.state[key]).object().json
            node["status"]?["conditions"] = [["type": "Ready", "status": "Unknown"]]
            node[["metadata", "resourceVersion"]] = nil
            var request = try replica.request(.nodes, name: "n1", .update(node))
            request.subresource = "status"
            request.origin.caller = Caller(subject: "system:controller:nodelifecycle", verb: "update")
            request.origin.cause = replica.cluster.state.position
            let silence = try #require(try await replica.writer.execute(request).object?.position)
            let chain = try #require(try await Explainer(replica.cluster).explain(at: silence)?.answers.first?.chain)
            #expect(chain.map(\.event.event.type) == ["NodeStatusChanged", "NodeCreated"], "\(created)")
        }
    }

    @Test("what a rollback changed is explained by the rollback")
    func rollback() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            try await replica.create(.configMaps, Replica.configMap("a", "1"))
            let then = replica.cluster.state.position
            _ = try await replica.patch("a", "2")
            let result = try await replica.rollBack(.namespace("shop"), to: then)
            let key = ObjectKey(.configMaps, namespace: "shop", name: "a")
            let chain = try #require(try await Explainer(replica.cluster).explain(key)?.answers.first?.chain)
            #expect(chain.map(\.event.event.type) == ["ConfigMapRolledBack", "NamespaceRolledBack"])
            #expect(chain.last?.event.position == result.position)
        }
    }
}

@Suite("Bisecting")
struct BisectionTests {
    @Test("the first event after which it no longer holds is found in few looks", arguments: [1, 37, 100])
    func found(breaking: Int) async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            try await replica.create(.configMaps, Replica.configMap("a", "0"))
            let good = replica.cluster.state.position
            var expected: Position = 0
            for step in 1...100 {
                let result = try await replica.patch("a", step < breaking ? "\(step)" : "\(1000 + step)")
                if step == breaking { expected = result.object?.position ?? 0 }
            }
            let key = ObjectKey(.configMaps, namespace: "shop", name: "a")
            let bad = replica.cluster.state.position
            let result = try await Explainer(replica.cluster).bisect(
                key, StatePredicate("data.value<1000"), good: good, bad: bad)
            #expect(result.chain.first?.event.position == expected)
            #expect(result.candidates == 100)
            #expect(result.looks <= 9)
            await #expect(throws: KubeStatus.self) {
                try await Explainer(replica.cluster).bisect(
                    key, StatePredicate("data.value<1000"), good: expected, bad: bad + 1)
            }
        }
    }

    @Test(
        "conditions and fields are tested as they are written",
        arguments: [
            ("Available", true), ("Available=True", true), ("Available=False", false), ("Progressing=False", true),
            ("Absent", false), ("status.readyReplicas>=3", true), ("status.readyReplicas > 3", false),
            ("status.readyReplicas!=2", true), ("status.unavailableReplicas==0", true),
            ("status.unavailableReplicas>0", false),
            ("spec.template.containers[name=web].image=nginx:1", true), ("spec.paused", false), ("exists", true),
            ("spec.memory>=512Mi", true),
        ])
    func predicates(text: String, holds: Bool) throws {
        let object = KubeObject([
            "spec": ["template": ["containers": [["name": "web", "image": "nginx:1"]]], "memory": "1Gi"],
            "status": [
                "readyReplicas": 3,
                "conditions": [["type": "Available", "status": "True"], ["type": "Progressing", "status": "False"]],
            ],
        ])
        #expect(try StatePredicate(text).holds(object) == holds)
        #expect(try !StatePredicate(text).holds(nil))
    }

    @Test(
        "a test of nothing is refused",
        arguments: [">=3", "", "!Available", "spec.replicas=>3", "spec.replicas>=", "spec replicas", "a[b=1", "3"])
    func nothing(text: String) { #expect(throws: KubeStatus.self) { try StatePredicate(text) } }

    @Test("a value may have brackets and signs, and so may the key of a map")
    func signs() throws {
        let object = KubeObject(["metadata": ["annotations": ["a=b": "[1]>=2"]]])
        #expect(try StatePredicate("metadata.annotations[a=b]=[1]>=2").holds(object))
    }

    @Test("a range in which nothing ended says what was found instead")
    func findings() async throws {
        try await Replica.run(on: InMemoryEventLog()) { replica in
            try await replica.createNamespace()
            let before = replica.cluster.state.position
            try await replica.create(.configMaps, Replica.configMap("a", "0"))
            let good = replica.cluster.state.position
            _ = try await replica.patch("a", "1")
            let bad = replica.cluster.state.position
            let key = ObjectKey(.configMaps, namespace: "shop", name: "a")
            for (text, good, bad, finding) in [
                ("data.value=5", good, bad, "data.value was 0"), ("exists", good, bad, "it was there"),
                ("exists", before, bad, "it was not there"), ("data.values=5", good, bad, "it had no data.values"),
                ("Ready", good, bad, "it had no condition Ready"), ("data.value<5", good, bad, "data.value was 1"),
            ] {
                let status = await #expect(throws: KubeStatus.self) {
                    try await Explainer(replica.cluster).bisect(key, StatePredicate(text), good: good, bad: bad)
                }
                #expect(status?.code == 400)
                #expect(
                    status?.message.contains(": \(finding). Name a moment") == true,
                    "\(text): \(status?.message ?? "")")
            }
            let status = await #expect(throws: KubeStatus.self) {
                try await Explainer(replica.cluster).bisect(
                    ObjectKey(.configMaps, namespace: "shop", name: "never"), StatePredicate("exists"), good: good,
                    bad: bad)
            }
            #expect(status?.code == 404)
        }
    }
}

extension Replica {
    /// A pod's status as its node reports it.
    func report(_ key: ObjectKey, exitCode: Int64, reason: String) async throws {
        try await report(key, state: ["terminated": ["exitCode": .int(exitCode), "reason": .string(reason)]])
    }

    func report(
        _ key: ObjectKey, state: JSON, last: JSON = [:], phase: String? = nil, isReady: Bool? = nil
    ) async throws {
        let pod = try #require(cluster.state[key]).object()
        var status = pod.status
        status["containerStatuses"] = [
            [
                "name": "web", "image": "nginx", "imageID": "", "ready": false, "restartCount": 0,
                "state": state, "lastState": last,
            ]
        ]
        if let phase { status["phase"] = .string(phase) }
        if let isReady { status["conditions"] = [["type": "Ready", "status": isReady ? "True" : "False"]] }
        var changed = pod.json
        changed["status"] = status
        changed[["metadata", "resourceVersion"]] = nil
        var request = try request(.pods, namespace: key.namespace, name: key.name, .update(changed))
        request.subresource = "status"
        request.origin.caller = Caller(subject: "system:node:n1", verb: "update")
        _ = try await writer.execute(request)
    }

    /// A Warning about a pod as its node records it.
    func warn(_ key: ObjectKey, _ reason: String, _ message: String, container: String? = nil) async throws {
        let uid = try #require(cluster.state[key]).object().uid
        var involved: JSON = [
            "apiVersion": "v1", "kind": "Pod", "namespace": .string(key.namespace), "name": .string(key.name),
            "uid": .string(uid),
        ]
        if let container { involved["fieldPath"] = .string("spec.containers{\(container)}") }
        let now = JSON.string(cluster.clock.now.rfc3339)
        let name = "\(key.name).\(cluster.state.position)"
        var request = try request(
            .events, namespace: key.namespace,
            .create([
                "apiVersion": "v1", "kind": "Event",
                "metadata": ["name": .string(name), "namespace": .string(key.namespace)], "involvedObject": involved,
                "type": "Warning", "reason": .string(reason), "message": .string(message), "count": 1,
                "firstTimestamp": now, "lastTimestamp": now,
            ]))
        request.origin.caller = Caller(subject: "system:node:n1", verb: "create")
        _ = try await writer.execute(request)
    }
}
