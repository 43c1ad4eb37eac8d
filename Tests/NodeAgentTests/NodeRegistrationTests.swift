import Containerd
import KubeModel
import Logging
import Testing

@testable import NodeAgent

struct NodeRegistrationTests {
    private func registration(_ node: FakeNode) -> NodeRegistration {
        NodeRegistration(
            node.configuration, machine: node.machine, bootID: "b", patience: .milliseconds(50),
            logger: Logger(label: "test"))
    }

    private func ready(_ node: FakeNode) async -> JSON? { await node.api.object(.nodes, "", "n1")?.condition("Ready") }

    @Test("an agent's first word has a heartbeat of its own, whatever stood there; later ones only come with a change")
    func firstWord() async throws {
        let node = FakeNode()
        try await registration(node).check()
        var object = try #require(await node.api.object(.nodes, "", "n1")).json
        var conditions = object.array("status", "conditions")
        for index in conditions.indices { conditions[index]["lastHeartbeatTime"] = "2020-01-01T00:00:00Z" }
        object[["status", "conditions"]] = .array(conditions)
        await node.api.put(.nodes, object)

        let next = registration(node)
        try await next.check()
        let heartbeat = await ready(node)?.string("lastHeartbeatTime") ?? ""
        #expect(heartbeat > "2020-01-01T00:00:00Z")
        let calls = await node.api.calls.count
        try await next.check()
        #expect(await node.api.calls.count == calls)
    }

    @Test("a runtime that stands still is down, and up again once it answers")
    func standstill() async throws {
        let node = FakeNode()
        let registration = registration(node)
        await node.runtime.standStill(true)
        try await registration.check()
        #expect(await ready(node)?.string("status") == "False")
        #expect(await ready(node)?.string("reason") == "ContainerRuntimeDown")
        #expect(await ready(node)?.string("message")?.hasPrefix("containerd does not answer at /none") == true)
        await node.runtime.standStill(false)
        try await registration.check()
        #expect(await ready(node)?.string("status") == "True")
    }
}
