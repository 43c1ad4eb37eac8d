import KubeModel
import Testing

@testable import PodLifecycle

struct StartTests {
    @Test("nothing happens before the runtime was listed")
    func waitsForListing() {
        let simulation = Simulation(pod(), isListed: false)
        #expect(simulation.observe(.tick) == [])
        #expect(simulation.observe(.listed(sandboxes: [], containers: [], at: simulation.now)) == [.prepare])
    }

    @Test("a pod is prepared, gets its sandbox, its image and its container, in this order")
    func order() {
        let simulation = Simulation(pod())
        simulation.startUp()
        #expect(
            simulation.log.filter { $0.work != nil } == [
                .prepare, .createSandbox(attempt: 0),
                .ensureImage(container: "app", image: "busybox:1", policy: .ifNotPresent),
                .startContainer(name: "app", attempt: 0, imageID: "id-busybox:1"),
            ])
        #expect(simulation.record.phase == "Running")
        #expect(simulation.condition("Ready")?.string("status") == "True")
        #expect(simulation.record.status.string("podIP") == "10.244.0.5")
    }

    @Test(
        "volumes that cannot be provided are tried again after 1 s, twice as long each time, and never later than 30 s")
    func volumesFail() {
        let simulation = Simulation(pod())
        var waits: [Double] = []
        for _ in 0..<7 {
            let failed = simulation.observe(.prepareFailed(reason: "FailedMount", message: "no such ConfigMap"))
            #expect(!failed.contains(.prepare))
            let next = simulation.record.nextWake(after: simulation.now)
            waits.append(next?.seconds(since: simulation.now) ?? 0)
            simulation.now = next ?? simulation.now
            #expect(simulation.observe(.tick).contains(.prepare))
        }
        #expect(waits == [1, 2, 4, 8, 16, 30, 30])
    }

    @Test("the status of a running pod has Kubernetes' shape")
    func runningStatus() {
        let simulation = Simulation(pod())
        simulation.startUp()
        let time = JSON.string(simulation.now.rfc3339)
        #expect(
            simulation.containerStatus("app") == [
                "name": "app", "image": "busybox:1", "imageID": "id-busybox:1", "ready": true, "started": true,
                "restartCount": 0, "containerID": "containerd://app-1", "lastState": [:],
                "state": ["running": ["startedAt": time]],
            ])
        #expect(
            simulation.condition("Ready") == [
                "type": "Ready", "status": "True", "lastTransitionTime": time,
            ])
    }

    @Test("init containers run one after the other before the app containers")
    func initContainers() {
        let simulation = Simulation(
            pod(["initContainers": [["name": "one", "image": "a:1"], ["name": "two", "image": "a:1"]]]))
        simulation.startUp()
        #expect(simulation.container("one")?.isRunning == true)
        #expect(simulation.container("two")?.current == nil)
        #expect(simulation.containerStatus("app").string("state", "waiting", "reason") == "PodInitializing")
        #expect(simulation.record.phase == "Pending")
        simulation.settle(simulation.end("one", code: 0))
        #expect(simulation.container("two")?.isRunning == true)
        #expect(
            simulation.condition("Initialized")?.string("message") == "containers with incomplete status: [two]")
        simulation.settle(simulation.end("two", code: 0))
        #expect(simulation.container("app")?.isRunning == true)
        #expect(simulation.record.phase == "Running")
    }

    @Test("a failed init container of a pod that never restarts fails the pod")
    func failedInit() {
        let simulation = Simulation(
            pod(["restartPolicy": "Never", "initContainers": [["name": "one", "image": "a:1"]]]))
        simulation.startUp()
        simulation.settle(simulation.end("one", code: 1))
        #expect(simulation.record.phase == "Failed")
        #expect(simulation.container("app")?.current == nil)
    }

    @Test("a sidecar keeps running beside the app and is stopped after it")
    func sidecar() {
        let spec: JSON = ["initContainers": [["name": "side", "image": "a:1", "restartPolicy": "Always"]]]
        let simulation = Simulation(pod(spec))
        simulation.startUp()
        #expect(simulation.container("side")?.isRunning == true)
        #expect(simulation.container("app")?.isRunning == true)
        let effects = simulation.observe(.podChanged(deleted(pod(spec))))
        #expect(stopped(effects) == ["app"])
        #expect(stopped(simulation.end("app", code: 0)) == ["side"])
    }

    @Test("a failed pull shows ErrImagePull, then ImagePullBackOff, and is tried again after 10 s")
    func pullBackOff() {
        let simulation = Simulation(pod())
        simulation.settle([.prepare]) { if case .ensureImage = $0 { true } else { false } }
        simulation.observe(.imageFailed(container: "app", message: "no such image"))
        #expect(
            simulation.containerStatus("app")["state"] == [
                "waiting": ["reason": "ErrImagePull", "message": "no such image"]
            ])
        simulation.wait(1)
        #expect(simulation.containerStatus("app").string("state", "waiting", "reason") == "ImagePullBackOff")
        #expect(simulation.wait(8).filter { $0.work != nil } == [])
        let retried = simulation.wait(1.5)
        #expect(retried == [.ensureImage(container: "app", image: "busybox:1", policy: .ifNotPresent)])
    }

    @Test("an image that may never be pulled and is absent says ErrImageNeverPull")
    func neverPull() {
        let simulation = Simulation(pod(container: ["imagePullPolicy": "Never"]))
        simulation.settle([.prepare]) { if case .ensureImage = $0 { true } else { false } }
        simulation.observe(.imageAbsent(container: "app"))
        #expect(simulation.containerStatus("app").string("state", "waiting", "reason") == "ErrImageNeverPull")
        #expect(simulation.reasons.contains("ErrImageNeverPull"))
    }

    @Test("a missing ConfigMap shows CreateContainerConfigError and is looked for again")
    func configError() {
        let simulation = Simulation(pod())
        simulation.settle([.prepare]) { if case .startContainer = $0 { true } else { false } }
        simulation.observe(
            .configFailed(container: "app", reason: "CreateContainerConfigError", message: "configmap \"c\" not found"))
        #expect(
            simulation.containerStatus("app")["state"]
                == ["waiting": ["reason": "CreateContainerConfigError", "message": "configmap \"c\" not found"]])
        simulation.settle(simulation.wait(10.1))
        #expect(simulation.record.phase == "Running")
    }

    @Test("a pod that the node cannot run fails with the reason and holds nothing")
    func refused() {
        let simulation = Simulation(pod(), isListed: true)
        simulation.settle(simulation.observe(.refused(reason: "NotSupported", message: "no user namespaces")))
        #expect(simulation.record.phase == "Failed")
        #expect(simulation.record.status.string("reason") == "NotSupported")
        #expect(simulation.record.hasEnded)
    }

    private static let policyCases: [(image: String, policy: ContainerDefinition.PullPolicy)] = [
        ("nginx", .always), ("nginx:latest", .always), ("nginx:1.2", .ifNotPresent), ("reg:5000/nginx", .always),
        ("reg:5000/nginx:1", .ifNotPresent), ("nginx@sha256:abc", .ifNotPresent),
    ]

    @Test("the default pull policy is Always for latest and for no tag", arguments: policyCases)
    func pullPolicy(image: String, policy: ContainerDefinition.PullPolicy) {
        #expect(ContainerDefinition(["name": "c", "image": .string(image)], isInit: false).pullPolicy == policy)
    }

    private static let classCases: [(resources: JSON, expected: String)] = [
        ([:], "BestEffort"), (["limits": ["cpu": "1", "memory": "1Gi"]], "Guaranteed"),
        (["requests": ["cpu": "1"]], "Burstable"),
        (["requests": ["cpu": "500m", "memory": "1Gi"], "limits": ["cpu": "0.5", "memory": "1024Mi"]], "Guaranteed"),
    ]

    @Test("the quality of service class follows requests and limits", arguments: classCases)
    func qosClass(resources: JSON, expected: String) {
        #expect(PodDefinition(KubeObject(pod(container: ["resources": resources]))).qosClass == expected)
    }
}

/// The names of the containers that effects stop.
func stopped(_ effects: [Effect]) -> [String] {
    effects.compactMap { if case .stopContainer(let name, _, _, _) = $0 { name } else { nil } }
}
