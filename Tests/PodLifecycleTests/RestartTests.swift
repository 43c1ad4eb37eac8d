import KubeModel
import Testing

@testable import PodLifecycle

struct RestartTests {
    @Test("restarts come at once, then after 10, 20, 40 … seconds, at most 300")
    func crashLoop() {
        let simulation = Simulation(pod())
        simulation.startUp()
        var waits: [Double] = []
        for _ in 0..<8 {
            simulation.settle(simulation.end("app", code: 1))
            var waited = 0.0
            while simulation.container("app")?.isRunning == false {
                #expect(simulation.containerStatus("app").string("state", "waiting", "reason") == "CrashLoopBackOff")
                guard let wake = simulation.record.nextWake(after: simulation.now) else { break }
                let pause = wake.seconds(since: simulation.now)
                waited += pause
                simulation.settle(simulation.wait(pause))
            }
            waits.append(waited)
        }
        #expect(waits == [0, 10, 20, 40, 80, 160, 300, 300])
        #expect(simulation.container("app")?.restartCount == 8)
    }

    @Test("ten minutes of running forget earlier crashes")
    func forgets() {
        let simulation = Simulation(pod())
        simulation.startUp()
        simulation.settle(simulation.end("app", code: 1))
        let started = simulation.now
        simulation.wait(700)
        guard let id = simulation.container("app")?.current?.id else { return }
        let exit = ContainerExit(exitCode: 1, reason: "Error", startedAt: started, finishedAt: simulation.now)
        simulation.settle(simulation.observe(.exited(container: "app", id: id, exit: exit)))
        #expect(simulation.container("app")?.isRunning == true)
    }

    @Test("a crashed container shows its last state while it waits")
    func lastState() {
        let simulation = Simulation(pod())
        simulation.startUp()
        simulation.settle(simulation.end("app", code: 1))
        simulation.settle(simulation.end("app", code: 137, reason: "OOMKilled"))
        let status = simulation.containerStatus("app")
        #expect(
            status["state"] == [
                "waiting": [
                    "reason": "CrashLoopBackOff",
                    "message": "back-off 10s restarting failed container=app pod=p_ns(u-1)",
                ]
            ])
        #expect(status.string("lastState", "terminated", "reason") == "OOMKilled")
        #expect(status.int("lastState", "terminated", "exitCode") == 137)
        #expect(status.int("restartCount") == 1)
        #expect(simulation.record.phase == "Running")
        #expect(simulation.condition("Ready")?.string("reason") == "ContainersNotReady")
    }

    private static let policyCases: [(policy: String, code: Int32, phase: String)] = [
        ("Always", 0, "Running"), ("Always", 1, "Running"), ("OnFailure", 0, "Succeeded"),
        ("OnFailure", 1, "Running"), ("Never", 0, "Succeeded"), ("Never", 3, "Failed"),
    ]

    @Test("restart policies decide by exit code", arguments: policyCases)
    func policies(policy: String, code: Int32, phase: String) {
        let simulation = Simulation(pod(["restartPolicy": .string(policy)]))
        simulation.startUp()
        simulation.settle(simulation.end("app", code: code))
        #expect(simulation.record.phase == phase)
        #expect(simulation.record.hasEnded == (phase != "Running"))
    }

    @Test("a completed pod gives everything back but stays until it is deleted")
    func completed() {
        let simulation = Simulation(pod(["restartPolicy": "Never"]))
        simulation.startUp()
        simulation.settle(simulation.end("app", code: 0))
        #expect(simulation.log.contains(.reportFinalUsage))
        #expect(simulation.log.contains(.releaseResources))
        #expect(!simulation.log.contains(.deleteObject))
        #expect(simulation.condition("Ready")?.string("reason") == "PodCompleted")
        #expect(simulation.containerStatus("app").int("state", "terminated", "exitCode") == 0)
        simulation.settle(simulation.observe(.podChanged(deleted(pod(["restartPolicy": "Never"])))))
        #expect(simulation.record.isFinished)
        #expect(simulation.log.filter { $0 == .reportFinalUsage }.count == 1)
    }

    @Test("a container that cannot be started counts as an exit with code 128")
    func startError() {
        let simulation = Simulation(pod(["restartPolicy": "Never"]))
        simulation.settle([.prepare]) { if case .startContainer = $0 { true } else { false } }
        simulation.settle(
            simulation.observe(
                .startFailed(container: "app", id: "c", attempt: 0, imageID: "i", message: "no such file")))
        #expect(simulation.record.phase == "Failed")
        #expect(simulation.containerStatus("app").int("state", "terminated", "exitCode") == 128)
        #expect(simulation.containerStatus("app").string("state", "terminated", "reason") == "StartError")
    }

    @Test("a pod past its active deadline fails with DeadlineExceeded")
    func activeDeadline() {
        let simulation = Simulation(pod(["activeDeadlineSeconds": 60]))
        simulation.startUp()
        #expect(simulation.wait(59).isEmpty)
        simulation.settle(simulation.wait(1))
        #expect(simulation.record.phase == "Failed")
        #expect(simulation.record.status.string("reason") == "DeadlineExceeded")
        #expect(simulation.record.hasEnded)
    }

    @Test("a lost sandbox is removed and made again, and its containers start again")
    func lostSandbox() {
        let simulation = Simulation(pod())
        simulation.startUp()
        simulation.now = simulation.now.adding(seconds: 5)
        let effects = simulation.observe(.listed(sandboxes: [], containers: [], at: simulation.now))
        #expect(effects.contains(.createSandbox(attempt: 1)))
        #expect(effects.contains(.removeSandbox(id: "sandbox-0")))
        simulation.settle(effects)
        #expect(simulation.record.phase == "Running")
        #expect(simulation.container("app")?.restartCount == 1)
        #expect(simulation.reasons.contains("SandboxChanged"))
    }

    @Test("a listing that began before a container was started says nothing about it")
    func oldListing() {
        let simulation = Simulation(pod())
        let before = simulation.now
        simulation.now = simulation.now.adding(seconds: 1)
        simulation.startUp()
        simulation.observe(.listed(sandboxes: [], containers: [], at: before))
        #expect(simulation.container("app")?.isRunning == true)
        #expect(simulation.record.sandboxID == "sandbox-0")
    }
}
