import Containerd
import KubeModel
import LinuxNode
import Testing

@testable import NodeAgent

struct NodeAgentTests {
    @Test("a pod bound to the node runs, and its status says so")
    func runsPod() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        await node.api.put(.pods, testPod())
        let phase = try await node.withAgent { node in
            _ = await eventually { await node.api.object(.pods, "shop", "web")?.status.string("phase") == "Running" }
            return await node.api.object(.pods, "shop", "web")?.status
        }
        #expect(phase?.string("phase") == "Running")
        #expect(phase?.string("podIP") == "10.244.0.7")
        #expect(phase?.array("containerStatuses").first?.string("imageID") == "busybox@sha256:1")
    }

    @Test("a deleted pod is stopped, finally metered and only then deleted from the API")
    func deletesPod() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        await node.api.put(.pods, testPod())
        let (finalReport, left) = try await node.withAgent { node in
            _ = await eventually { await node.api.object(.pods, "shop", "web")?.status.string("phase") == "Running" }
            node.cgroups.set("uid-web", CgroupSample(cpuNanoseconds: 77))
            var pod = testPod()
            pod[["metadata", "deletionTimestamp"]] = "2023-11-14T22:14:00Z"
            pod[["metadata", "deletionGracePeriodSeconds"]] = 5
            await node.api.put(.pods, pod)
            _ = await eventually { await node.api.object(.pods, "shop", "web") == nil }
            let finals = await node.api.reports.flatMap { $0.array("pods") }.filter { $0.bool("final") == true }
            return (finals, await node.runtime.sandboxes.count)
        }
        #expect(finalReport.count == 1)
        #expect(finalReport.first?.int("cpuNanoseconds") == 77)
        #expect(left == 0)
        #expect(node.cgroups.pods() == [])
        #expect(await node.api.calls.contains("delete pods/web 0"))
    }

    @Test("a pod is not deleted while its final usage cannot be reported")
    func waitsForReport() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        await node.api.put(.pods, testPod())
        let (early, late) = try await node.withAgent { node in
            _ = await eventually { await node.api.object(.pods, "shop", "web")?.status.string("phase") == "Running" }
            await node.api.refuseReports(true)
            var pod = testPod()
            pod[["metadata", "deletionTimestamp"]] = "2023-11-14T22:14:00Z"
            await node.api.put(.pods, pod)
            _ = await eventually { await node.runtime.calls.contains("stopSandbox") }
            try await Task.sleep(for: .milliseconds(100))
            let early = await node.api.object(.pods, "shop", "web") != nil && node.cgroups.pods() == ["uid-web"]
            await node.api.refuseReports(false)
            return (early, await eventually { await node.api.object(.pods, "shop", "web") == nil })
        }
        #expect(early)
        #expect(late)
    }

    @Test("a container that exits is restarted, and its count is told")
    func restarts() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        await node.api.put(.pods, testPod())
        let restarted = try await node.withAgent { node in
            _ = await eventually { await node.api.object(.pods, "shop", "web")?.status.string("phase") == "Running" }
            await node.runtime.end("app", exitCode: 1)
            return await eventually {
                let status = await node.api.object(.pods, "shop", "web")?.status.array("containerStatuses").first
                return status?.int("restartCount") == 1 && status?.bool("ready") == true
            }
        }
        #expect(restarted)
    }

    @Test("a new agent adopts what the old one left running")
    func adopts() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        await node.api.put(.pods, testPod())
        for _ in 0..<2 {
            let isRunning = try await node.withAgent { node in
                await eventually { await node.api.object(.pods, "shop", "web")?.status.string("phase") == "Running" }
            }
            #expect(isRunning)
        }
        #expect(await node.runtime.calls.filter { $0 == "startContainer" }.count == 1)
    }

    @Test("what the runtime holds of a pod that the API has no more is removed, and billed to its end")
    func orphans() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        await node.api.put(.pods, testPod())
        _ = try await node.withAgent { node in
            await eventually { await node.api.object(.pods, "shop", "web")?.status.string("phase") == "Running" }
        }
        try await node.api.delete(.pods, namespace: "shop", name: "web", options: .init())
        let isGone = try await node.withAgent { node in
            await eventually { await node.runtime.sandboxes.isEmpty && node.cgroups.pods().isEmpty }
        }
        #expect(isGone)
        #expect(await node.api.reports.flatMap { $0.array("pods") }.contains { $0.bool("final") == true })
    }

    @Test("a missing ConfigMap is told, and the container starts once it is there")
    func missingConfigMap() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        await node.api.put(.pods, testPod(["envFrom": [["configMapRef": ["name": "settings"]]]]))
        let waiting = try await node.withAgent { node in
            _ = await eventually {
                let status = await node.api.object(.pods, "shop", "web")?.status.array("containerStatuses").first
                return status?.string("state", "waiting", "reason") == "CreateContainerConfigError"
            }
            return await node.api.object(.pods, "shop", "web")?.status.array("containerStatuses").first?["state"]
        }
        #expect(
            waiting == [
                "waiting": ["reason": "CreateContainerConfigError", "message": "configmap \"settings\" not found"]
            ])
    }

    @Test("the node registers itself, and is not ready while containerd is down")
    func registers() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        @Sendable func ready(_ node: FakeNode) async -> JSON? {
            await node.api.object(.nodes, "", "n1")?.condition("Ready")
        }
        let (down, up) = try await node.withAgent { node in
            _ = await eventually { await ready(node)?.string("status") == "True" }
            await node.runtime.fail(
                with: RuntimeError(code: .unavailable, call: "Status", message: "connection refused"))
            _ = await eventually { await ready(node)?.string("status") == "False" }
            let down = await ready(node)
            await node.runtime.fail(with: nil)
            return (down, await eventually { await ready(node)?.string("status") == "True" })
        }
        #expect(down?.string("reason") == "ContainerRuntimeDown")
        #expect(up)
        let info = await node.api.object(.nodes, "", "n1")?.status
        #expect(info?.string("nodeInfo", "containerRuntimeVersion") == "containerd://1.6.20")
    }

    @Test("an image that cannot be pulled is told with the runtime's words")
    func badImage() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        await node.api.put(.pods, testPod(["image": "nowhere/x:1"]))
        let isTold = try await node.withAgent { node in
            await eventually {
                let state = await node.api.object(.pods, "shop", "web")?.status.array("containerStatuses").first?[
                    "state"]
                return ["ErrImagePull", "ImagePullBackOff"].contains(state?.string("waiting", "reason") ?? "")
            }
        }
        #expect(isTold)
    }

    @Test("a pod with an unsupported volume is refused with the reason")
    func refuses() async throws {
        let node = FakeNode()
        defer { node.removeFiles() }
        await node.api.put(.pods, testPod(spec: ["volumes": [["name": "v", "nfs": ["server": "s", "path": "/"]]]]))
        let status = try await node.withAgent { node in
            _ = await eventually { await node.api.object(.pods, "shop", "web")?.status.string("phase") == "Failed" }
            return await node.api.object(.pods, "shop", "web")?.status
        }
        #expect(status?.string("reason") == "NotSupported")
        #expect(status?.string("message")?.contains("nfs is not supported") == true)
        #expect(await node.runtime.calls == [])
    }
}
