import KubeModel
import Testing

@testable import PodLifecycle

struct ProbeTests {
    private static let probe: JSON = ["httpGet": ["port": 80], "periodSeconds": 5]

    /// A running pod whose probes are left to the test.
    private func running(_ container: JSON) -> Simulation {
        let simulation = Simulation(pod(container: container))
        simulation.settle(simulation.log) { if case .probe = $0 { true } else { false } }
        return simulation
    }

    private func answer(_ simulation: Simulation, _ kind: ProbeKind, _ failure: String?) -> [Effect] {
        simulation.observe(
            .probed(container: "app", id: simulation.container("app")?.current?.id ?? "", kind: kind, failure: failure))
    }

    private func probes(_ effects: [Effect]) -> [ProbeKind] {
        effects.compactMap { if case .probe(_, _, let kind, _) = $0 { kind } else { nil } }
    }

    @Test("a container with a readiness probe is ready only once it passed")
    func readiness() {
        let simulation = running(["readinessProbe": Self.probe])
        #expect(simulation.containerStatus("app").bool("ready") == false)
        #expect(simulation.containerStatus("app").bool("started") == true)
        _ = answer(simulation, .readiness, nil)
        #expect(simulation.containerStatus("app").bool("ready") == true)
        #expect(simulation.condition("Ready")?.string("status") == "True")
    }

    @Test("readiness is lost after failureThreshold failures in a row, not before")
    func readinessLost() {
        let simulation = running(["readinessProbe": Self.probe])
        _ = answer(simulation, .readiness, nil)
        for count in 1...3 {
            #expect(probes(simulation.wait(5)) == [.readiness])
            _ = answer(simulation, .readiness, "refused")
            #expect(simulation.containerStatus("app").bool("ready") == (count < 3))
        }
        #expect(simulation.container("app")?.isRunning == true)
    }

    @Test("a failed liveness probe kills the container, which is then restarted")
    func liveness() {
        let simulation = running([
            "livenessProbe": merged(Self.probe, ["failureThreshold": 1, "terminationGracePeriodSeconds": 7])
        ])
        let effects = answer(simulation, .liveness, "HTTP probe failed with statuscode: 500")
        guard let id = simulation.container("app")?.current?.id else { return }
        #expect(effects.contains(.stopContainer(name: "app", id: id, preStop: nil, graceSeconds: 7)))
        #expect(simulation.reasons.contains("Unhealthy"))
        simulation.settle(effects)
        #expect(simulation.container("app")?.restartCount == 1)
    }

    @Test("liveness and readiness wait for the startup probe")
    func startup() {
        let simulation = running([
            "startupProbe": Self.probe, "livenessProbe": Self.probe, "readinessProbe": Self.probe,
        ])
        #expect(probes(simulation.log) == [.startup])
        #expect(simulation.containerStatus("app").bool("started") == false)
        let effects = answer(simulation, .startup, nil)
        #expect(probes(effects) == [.liveness, .readiness])
        #expect(simulation.containerStatus("app").bool("started") == true)
    }

    @Test("the first probe waits for initialDelaySeconds and the next for the period")
    func delays() {
        let simulation = running(["livenessProbe": merged(Self.probe, ["initialDelaySeconds": 3])])
        #expect(probes(simulation.log).isEmpty)
        #expect(simulation.record.nextWake(after: simulation.now) == simulation.now.adding(seconds: 3))
        #expect(probes(simulation.wait(3)) == [.liveness])
        _ = answer(simulation, .liveness, nil)
        #expect(probes(simulation.wait(4)).isEmpty)
        #expect(probes(simulation.wait(1)) == [.liveness])
    }

    @Test("the answer of a probe of an earlier attempt is ignored")
    func staleAnswer() {
        let simulation = running(["readinessProbe": Self.probe])
        simulation.observe(.probed(container: "app", id: "another", kind: .readiness, failure: nil))
        #expect(simulation.containerStatus("app").bool("ready") == false)
    }

    @Test("a container is not started while its postStart hook runs, and is killed when that fails")
    func postStart() {
        let hook: JSON = ["lifecycle": ["postStart": ["exec": ["command": ["/bin/init"]]]]]
        let simulation = Simulation(pod(container: hook))
        simulation.settle(simulation.log) { if case .runPostStart = $0 { true } else { false } }
        #expect(simulation.containerStatus("app").bool("ready") == false)
        guard let id = simulation.container("app")?.current?.id else { return }
        let effects = simulation.observe(.postStartEnded(container: "app", id: id, failure: "exit code 1"))
        #expect(stopped(effects) == ["app"])
        #expect(simulation.reasons.contains("FailedPostStartHook"))
    }

    @Test("a named port of a probe is the container's port of that name")
    func namedPort() {
        let container = ContainerDefinition(
            [
                "name": "c", "ports": [["name": "web", "containerPort": 8080]],
                "livenessProbe": ["tcpSocket": ["port": "web"]],
            ], isInit: false)
        #expect(container.probes[.liveness]?.handler == .tcpSocket(host: nil, port: 8080))
    }
}
