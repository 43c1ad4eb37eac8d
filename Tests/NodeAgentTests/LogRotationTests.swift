import Foundation
import KubeModel
import Logging
import Testing

@testable import NodeAgent

struct LogRotationTests {
    private let node: FakeNode

    init() {
        var node = FakeNode()
        node.configuration.containerLogMaxBytes = 10
        node.configuration.containerLogMaxFiles = 3
        self.node = node
    }

    private var rotation: LogRotation {
        LogRotation(node.configuration, machine: node.machine, logger: Logger(label: "test"))
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    /// Runs a pod, and the body with the path of its container's log.
    private func withLog(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
        defer { node.removeFiles() }
        await node.api.put(.pods, testPod())
        try await node.withAgent { node in
            _ = await eventually { await node.api.object(.pods, "shop", "web")?.status.string("phase") == "Running" }
            let pod = try node.volumes.logDirectory(pod: "uid-web", namespace: "shop", name: "web")
            try DurableFile.makeDirectory("\(pod)/app")
            try await body("\(pod)/app/0.log")
        }
    }

    @Test("a log that has grown too large is moved aside, the runtime begins a new one, and the oldest go")
    func rotates() async throws {
        try await withLog { path in
            for round in 1...4 {
                try write("round \(round)", to: path)
                await rotation.rotate()
                #expect(LogFiles.kept(path).count == min(round, 3))
                try write("round \(round), long", to: path)
                await rotation.rotate()
            }
            let kept = try LogFiles.kept(path).map { try String(contentsOfFile: $0, encoding: .utf8) }
            #expect(kept == ["round 3, long", "round 4, long", ""])
        }
    }

    @Test("a log that the runtime does not begin anew stays what it was")
    func runtimeFails() async throws {
        try await withLog { path in
            try write("long enough to move", to: path)
            await node.runtime.refuseReopening(true)
            await rotation.rotate()
            #expect(LogFiles.kept(path) == [path])
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "long enough to move")
        }
    }

    @Test("a container whose log was moved before the agent was killed gets its file; attempts before the last two go")
    func mends() async throws {
        try await withLog { path in
            let directory = String(path.dropLast("/0.log".count))
            for name in ["-3.log", "-2.log", "-2.log.20260101T1", "-1.log"] {
                try write("", to: "\(directory)/\(name)")
            }
            await rotation.rotate()
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["-1.log", "0.log"])
        }
    }
}
