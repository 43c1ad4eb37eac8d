import Containerd
import Foundation
import KubeModel
import Testing

@testable import NodeAgent

@Suite(.serialized)
struct RealNodeTests {
    private static let image = "docker.io/library/busybox:1.36"

    private static func busy(_ name: String, _ script: String, spec: JSON = [:]) -> JSON {
        testPod(
            ["image": .string(image), "command": ["sh", "-c", .string(script)]],
            spec: merged(["terminationGracePeriodSeconds": 1], spec), name: name)
    }

    private static func merged(_ base: JSON, _ other: JSON) -> JSON {
        var base = base
        for (key, value) in other.objectValue ?? [:] { base[key] = value }
        return base
    }

    private static func deleted(_ pod: JSON) -> JSON {
        var pod = pod
        pod[["metadata", "deletionTimestamp"]] = "2023-11-14T22:14:00Z"
        pod[["metadata", "deletionGracePeriodSeconds"]] = 1
        return pod
    }

    @Test("a pod runs in containerd, is metered over a restart of the agent, ends, and leaves nothing")
    func wholeLife() async throws {
        try await RealNode.run { node, machine in
            let pod = Self.busy("busy", "echo hello from $NAME; while :; do :; done", spec: ["hostname": "busy"])
            await node.api.put(.configMaps, ["metadata": ["name": "c", "namespace": "shop"], "data": ["k": "v"]])
            await node.api.put(.pods, pod)
            @Sendable func usage() async -> Int64 {
                await node.api.reports.flatMap { $0.array("pods") }.last { $0.string("uid") == "uid-busy" }?
                    .int("cpuNanoseconds") ?? 0
            }
            try await node.withAgent(machine) {
                let runs = await eventually {
                    await node.api.object(.pods, "shop", "busy")?.status.string("phase") == "Running"
                }
                let status = await node.api.object(.pods, "shop", "busy")?.status
                #expect(runs, "\(status?.canonicalText ?? "no status")")
                #expect(status?.string("podIP")?.hasPrefix("10.253.78.") == true)
                #expect(await eventually { await usage() > 500_000_000 })
            }
            let before = await usage()
            try await node.withAgent(machine) {
                #expect(await eventually { await usage() > before })
                #expect(
                    await node.api.object(.pods, "shop", "busy")?.status.array("containerStatuses").first?.int(
                        "restartCount") == 0)
                await node.api.put(.pods, Self.deleted(pod))
                #expect(await eventually { await node.api.object(.pods, "shop", "busy") == nil })
            }
            let finals = await node.api.reports.flatMap { $0.array("pods") }.filter { $0.bool("final") == true }
            #expect(finals.count == 1)
            #expect((finals.first?.int("cpuNanoseconds") ?? 0) >= before)
            #expect(try await machine.runtime.sandboxes(SandboxFilter()).isEmpty)
            #expect(try machine.cgroups.pods().isEmpty)
            #expect(try machine.volumes.pods().isEmpty)
        }
    }

    @Test("environment, volumes, exit codes and termination messages arrive as the pod asks")
    func configuration() async throws {
        try await RealNode.run { node, machine in
            var pod = Self.busy(
                "job",
                "test $(cat /conf/k)$COLOR = vv && grep -q job /etc/hosts && printf bye > /dev/termination-log; exit 3",
                spec: ["restartPolicy": "Never", "volumes": [["name": "conf", "configMap": ["name": "c"]]]])
            var container = pod.array("spec", "containers")[0]
            container["env"] = [["name": "COLOR", "valueFrom": ["configMapKeyRef": ["name": "c", "key": "k"]]]]
            container["volumeMounts"] = [["name": "conf", "mountPath": "/conf"]]
            pod[["spec", "containers"]] = [container]
            await node.api.put(.configMaps, ["metadata": ["name": "c", "namespace": "shop"], "data": ["k": "v"]])
            await node.api.put(.pods, pod)
            try await node.withAgent(machine) {
                #expect(
                    await eventually { await node.api.object(.pods, "shop", "job")?.status.string("phase") == "Failed" }
                )
            }
            let state = await node.api.object(.pods, "shop", "job")?.status.array("containerStatuses").first?["state"]
            #expect(state?.int("terminated", "exitCode") == 3)
            #expect(state?.string("terminated", "message") == "bye")
        }
    }
}
