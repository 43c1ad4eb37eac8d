import KubeModel
import Testing

@testable import PodLifecycle

struct TerminationTests {
    private func work(_ effects: [Effect]) -> [Effect] { effects.filter { $0.work != nil } }

    @Test("a deleted pod is stopped, metered, released, removed and only then deleted")
    func order() {
        let simulation = Simulation(pod())
        simulation.startUp()
        guard let id = simulation.container("app")?.current?.id else { return }
        let begun = simulation.log.count
        simulation.settle(simulation.observe(.podChanged(deleted(pod()))))
        #expect(
            work(Array(simulation.log[begun...])) == [
                .stopContainer(name: "app", id: id, preStop: nil, graceSeconds: 30), .stopSandbox(id: "sandbox-0"),
                .reportFinalUsage, .releaseResources, .removePod, .deleteObject,
            ])
        #expect(simulation.record.isFinished)
    }

    @Test("draining comes before stopping, at most for the annotated seconds, and does not eat the grace")
    func draining() {
        let metadata: JSON = ["annotations": ["purser.dev/drain-seconds": "20"]]
        let simulation = Simulation(pod(metadata: metadata))
        simulation.startUp()
        let effects = simulation.observe(.podChanged(deleted(pod(metadata: metadata), grace: 10)))
        #expect(work(effects) == [.drain(seconds: 20)])
        guard let id = simulation.container("app")?.current?.id else { return }
        #expect(work(simulation.wait(19)) == [])
        #expect(work(simulation.wait(1)) == [.stopContainer(name: "app", id: id, preStop: nil, graceSeconds: 10)])
    }

    @Test("a container that is still being started when its pod is deleted is stopped once it runs")
    func deletedWhileStarting() {
        let simulation = Simulation(pod())
        simulation.settle([.prepare]) { if case .startContainer = $0 { true } else { false } }
        #expect(work(simulation.observe(.podChanged(deleted(pod())))) == [])
        let effects = simulation.observe(
            .started(container: "app", id: "late", attempt: 0, imageID: "i", at: simulation.now))
        #expect(stopped(effects) == ["app"])
    }

    @Test("a pod that is gone from the API is stopped at once and not deleted there")
    func gone() {
        let simulation = Simulation(pod())
        simulation.startUp()
        guard let id = simulation.container("app")?.current?.id else { return }
        let effects = simulation.observe(.podGone)
        #expect(work(effects) == [.stopContainer(name: "app", id: id, preStop: nil, graceSeconds: 0)])
        simulation.settle(effects)
        #expect(simulation.record.isFinished)
        #expect(!simulation.log.contains(.deleteObject))
    }

    @Test("a shorter grace given later kills at once what is being stopped")
    func shorterGrace() {
        let simulation = Simulation(pod())
        simulation.startUp()
        simulation.observe(.podChanged(deleted(pod(), grace: 30)))
        guard let id = simulation.container("app")?.current?.id else { return }
        let effects = simulation.observe(.podChanged(deleted(pod(), grace: 0)))
        #expect(work(effects) == [.stopContainer(name: "app", id: id, preStop: nil, graceSeconds: 0)])
    }

    @Test("work that failed is asked for again after a second")
    func retries() {
        let simulation = Simulation(pod())
        simulation.startUp()
        simulation.settle(simulation.observe(.podChanged(deleted(pod())))) { $0 == .reportFinalUsage }
        #expect(work(simulation.observe(.failed(.finalUsage, message: "no answer"))) == [])
        #expect(simulation.record.nextWake(after: simulation.now) == simulation.now.adding(seconds: 1))
        #expect(work(simulation.wait(1)) == [.reportFinalUsage])
    }

    @Test("preStop is handed to the stop of its container")
    func preStop() {
        let hook: JSON = ["lifecycle": ["preStop": ["sleep": ["seconds": 3]]]]
        let simulation = Simulation(pod(container: hook))
        simulation.startUp()
        guard let id = simulation.container("app")?.current?.id else { return }
        let effects = simulation.observe(.podChanged(deleted(pod(container: hook))))
        #expect(work(effects) == [.stopContainer(name: "app", id: id, preStop: .sleep(seconds: 3), graceSeconds: 30)])
    }
}

struct AdoptionTests {
    private let began = Timestamp(seconds: 1_600_000_000)

    private func listing(_ state: ObservedContainer.State, attempt: Int = 2) -> Observation {
        .listed(
            sandboxes: [ObservedSandbox(id: "s", attempt: 1, isReady: true, addresses: ["10.244.0.9"])],
            containers: [
                ObservedContainer(id: "c", name: "app", attempt: attempt, imageID: "i", sandboxID: "s", state: state)
            ], at: began)
    }

    @Test("a fresh agent adopts what runs and starts nothing")
    func adoptsRunning() {
        let simulation = Simulation(pod(), isListed: false)
        simulation.settle(simulation.observe(listing(.running(startedAt: began))))
        #expect(simulation.log.filter { $0.work != nil } == [.prepare])
        #expect(simulation.record.phase == "Running")
        #expect(simulation.containerStatus("app").int("restartCount") == 2)
        #expect(simulation.record.status.string("podIP") == "10.244.0.9")
    }

    @Test("a container that ended while no agent ran is restarted with the next number")
    func adoptsExited() {
        let simulation = Simulation(pod(), isListed: false)
        let exit = ContainerExit(exitCode: 1, reason: "Error", startedAt: began, finishedAt: began)
        simulation.settle(simulation.observe(listing(.exited(exit))))
        #expect(simulation.containerStatus("app").int("restartCount") == 3)
        #expect(simulation.containerStatus("app").int("lastState", "terminated", "exitCode") == 1)
    }

    @Test("a pod whose status is final is not run again when the runtime has forgotten it")
    func settled() {
        var object = pod(["restartPolicy": "Never"])
        object["status"] = ["phase": "Succeeded", "startTime": "2023-01-01T00:00:00Z"]
        let simulation = Simulation(object)
        simulation.startUp()
        #expect(!simulation.log.contains(.prepare))
        #expect(simulation.record.phase == "Succeeded")
        #expect(simulation.record.status.string("startTime") == "2023-01-01T00:00:00Z")
    }

    @Test("after a reboot the restart count goes on from the API's status")
    func reboot() {
        var object = pod()
        object["status"] = [
            "phase": "Running",
            "containerStatuses": [["name": "app", "containerID": "containerd://x", "restartCount": 4]],
        ]
        let simulation = Simulation(object)
        simulation.startUp()
        #expect(simulation.containerStatus("app").int("restartCount") == 5)
    }

    @Test("transition times survive a restart of the agent")
    func transitionTimes() {
        var object = pod()
        object["status"] = [
            "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": "2023-01-01T00:00:00Z"]]
        ]
        let simulation = Simulation(object, isListed: false)
        simulation.settle(simulation.observe(listing(.running(startedAt: began))))
        #expect(simulation.condition("Ready")?.string("lastTransitionTime") == "2023-01-01T00:00:00Z")
    }
}
