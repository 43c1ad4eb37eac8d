import KubeModel
import Reconciliation
import Scheduling
import Testing

@Suite struct BindingPlannerTests {
    @Test("a pod's note says where it went, or what every node lacks")
    func notes() {
        var snapshot = ClusterSnapshot(nodes: [Fixture.node("n1", cpu: "1")], pods: [])
        func pod(_ name: String, cpu: String) -> KubeObject {
            Fixture.pod(name, extra: ["spec": Fixture.template(image: "web:1", cpu: cpu)["spec"] ?? [:]])
        }
        let plan = BindingPlanner().plan(
            [pod("small", cpu: "500m"), pod("large", cpu: "600m")], in: &snapshot, rotation: 0,
            now: Timestamp(seconds: 1_800_000_000))
        let notes = plan.notes.map { "\($0.about.name) \($0.level.rawValue) \($0.reason): \($0.message)" }
        #expect(
            notes == [
                "small Normal Scheduled: Successfully assigned shop/small to n1",
                "large Warning FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu.",
            ])
    }
}
