import EventLog
import Foundation
import Glibc
import KubeClient
import KubeModel
import Logging
import Testing

@testable import PurserCommands

@Suite("A sandbox") struct SandboxTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Serves a moment of the small log, on a free port of the loopback interface, while `body` asks.
    private func serve(_ log: any EventLog, at position: Int64, _ body: (APIClient) async throws -> Void) async throws {
        let (kubeconfigs, ready) = AsyncStream.makeStream(of: String.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { ready.finish() }
                try await Sandbox(log, at: position).serve(port: 0, logger: Self.quiet) { kubeconfig, _ in
                    ready.yield(kubeconfig)
                }
            }
            var iterator = kubeconfigs.makeAsyncIterator()
            let path = try #require(await iterator.next())
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let connection = try Kubeconfig.load(path).connection(context: nil)
            try await body(try APIClient(connection, userAgent: "test"))
            group.cancelAll()
            try? await group.waitForAll()
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("it shows the moment and every one before it, and refuses to be changed; the log does not grow")
    func shows() async throws {
        let log = try await PastLog.make()
        try await serve(log, at: 4) { client in
            let path = "/api/v1/namespaces/shop/configmaps/c"
            #expect(try await client.json("GET", path).string("data", "a") == "2")
            #expect(try await client.json("GET", path, query: [("at", "2")]).string("data", "a") == "1")
            let history = try await client.json(
                "GET", "/apis/purser.dev/v1alpha1/history", query: [("stream", "configmaps/shop/c")])
            #expect(history.array("items").map { $0.int("position") } == [2, 4])
            let hash = try await client.json("GET", "/apis/purser.dev/v1alpha1/statehash")
            #expect(hash.int("position") == 4)
            let changed: JSON = [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"], "data": ["a": "3"],
            ]
            for (method, body) in [("DELETE", nil), ("PUT", changed)] as [(String, JSON?)] {
                let refusal = await #expect(throws: KubeStatus.self) {
                    _ = try await client.json(method, path, body: body)
                }
                #expect(refusal?.code == 403 && refusal?.message.contains("position 4") == true)
            }
            let later = await #expect(throws: KubeStatus.self) {
                _ = try await client.json("GET", path, query: [("at", "5")])
            }
            #expect(later?.code == 400)
        }
        #expect(try await log.head().position == 5)
    }

    @Test("a port that another has is refused by its number")
    func takenPort() async throws {
        let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(taken) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #expect(bind(taken, $0, length) == 0 && listen(taken, 1) == 0 && getsockname(taken, $0, &length) == 0)
            }
        }
        let port = Int(UInt16(bigEndian: address.sin_port))
        let sandbox = try await Sandbox(try await PastLog.make(), at: 4)
        let refusal = await #expect(throws: CommandError.self) {
            try await sandbox.serve(port: port, logger: Self.quiet) { _, _ in }
        }
        #expect(refusal?.message.hasPrefix("127.0.0.1 port \(port) cannot be listened on: ") == true)
    }
}
