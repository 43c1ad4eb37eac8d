import KubeModel
import Testing

@testable import PurserCommands

@Suite struct RolloutTests {
    private func deployment(_ spec: JSON, _ status: JSON) -> KubeObject {
        KubeObject([
            "kind": "Deployment", "metadata": ["name": "web", "generation": 2], "spec": spec, "status": status,
        ])
    }

    @Test("a rollout is over when all replicas are new and available")
    func rolling() {
        func state(_ updated: Int64, _ total: Int64, _ available: Int64) -> Rollout.State {
            Rollout.state(
                deployment(
                    ["replicas": 3],
                    [
                        "observedGeneration": 2, "updatedReplicas": .int(updated), "replicas": .int(total),
                        "availableReplicas": .int(available),
                    ]))
        }
        #expect(state(1, 3, 3) == .running("1 of 3 new replicas of deployment \"web\" have been made"))
        #expect(state(3, 4, 4) == .running("1 old replicas of deployment \"web\" wait for their end"))
        #expect(state(3, 3, 2) == .running("2 of 3 replicas of deployment \"web\" are available"))
        #expect(state(3, 3, 3) == .complete("deployment \"web\" is rolled out"))
    }

    @Test("a change that no controller has seen yet is not over")
    func unseen() {
        let state = Rollout.state(
            deployment([:], ["observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 1]))
        #expect(state == .running("waiting for the change of deployment \"web\" to be seen"))
    }

    @Test("the phases of blue-green end well, wait or fail")
    func blueGreen() {
        func state(_ phase: String) -> Rollout.State {
            Rollout.state(
                deployment(
                    ["replicas": 1, "strategy": ["type": "BlueGreen"]],
                    [
                        "observedGeneration": 2, "updatedReplicas": 1, "replicas": 1, "availableReplicas": 1,
                        "blueGreen": ["phase": .string(phase), "activeHash": "a", "previewHash": "b", "message": "m"],
                    ]))
        }
        #expect(state("Stable") == .complete("deployment \"web\" serves a"))
        #expect(state("Draining") == .running("deployment \"web\" is draining: m"))
        #expect(state("Refused") == .failed("the rollout of deployment \"web\" was refused: m"))
        #expect(state("Aborted") == .failed("the rollout of deployment \"web\" was aborted: m"))
        guard case .running(let text) = state("AwaitingPromotion") else {
            Issue.record("waiting for promotion is running")
            return
        }
        #expect(text.contains("purser rollout promote"))
    }
}
