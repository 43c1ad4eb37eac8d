import Foundation
import KubeClient
import KubeModel
import NIOCore
import NIOPosix
import Testing

@testable import NodeAgent

/// An authority and certificates of a test's own, made by the openssl program.
struct TestCertificates {
    let directory: String

    init(_ directory: String) throws {
        self.directory = directory
        try DurableFile.makeDirectory(directory)
        try RealNode.shell(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            "\(directory)/ca.key", "-out", "\(directory)/ca.crt", "-subj", "/CN=test authority", "-days", "1")
        for name in ["node", "purser-apiserver", "somebody"] { try issue(name) }
    }

    private func issue(_ name: String) throws {
        let base = "\(directory)/\(name)"
        try RealNode.shell(
            "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            "\(base).key", "-out", "\(base).csr", "-subj", "/CN=\(name)")
        try Data("subjectAltName=IP:127.0.0.1".utf8).write(to: URL(fileURLWithPath: "\(base).ext"))
        try RealNode.shell(
            "openssl", "x509", "-req", "-in", "\(base).csr", "-CA", "\(directory)/ca.crt", "-CAkey",
            "\(directory)/ca.key", "-CAcreateserial", "-days", "1", "-extfile", "\(base).ext", "-out", "\(base).crt")
    }

    /// A client that shows a certificate, or none.
    func client(_ name: String?, port: Int) throws -> APIClient {
        try APIClient(
            ClusterConnection(
                server: "https://127.0.0.1:\(port)", certificateAuthority: try PrivateFile.read("\(directory)/ca.crt"),
                clientCertificate: try name.map { try PrivateFile.read("\(directory)/\($0).crt") },
                clientKey: try name.map { SecretBytes(try PrivateFile.read("\(directory)/\($0).key")) }))
    }
}

struct NodeServerTests {
    private static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }

    /// Runs an agent with a server and one running pod.
    private func withServer(
        _ body: @escaping @Sendable (FakeNode, TestCertificates, Int) async throws -> Void
    ) async throws {
        var node = FakeNode()
        defer { node.removeFiles() }
        let certificates = try TestCertificates("\(node.configuration.rootDirectory)/pki")
        let port = try await Self.freePort()
        node.configuration.nodeAddress = "127.0.0.1"
        node.configuration.server = NodeAgentConfiguration.Server(
            port: port, certificateFile: "\(certificates.directory)/node.crt",
            keyFile: "\(certificates.directory)/node.key", clientAuthorityFile: "\(certificates.directory)/ca.crt")
        await node.api.put(.pods, testPod())
        try await node.withAgent { node in
            _ = await eventually { await node.api.object(.pods, "shop", "web")?.status.string("phase") == "Running" }
            try await body(node, certificates, port)
        }
    }

    @Test("only the API server's certificate is served")
    func identity() async throws {
        try await withServer { _, certificates, port in
            let answer = try await certificates.client("purser-apiserver", port: port).raw("GET", "/healthz")
            #expect(answer.status == 200 && answer.body == Array("ok".utf8))
            #expect(try await certificates.client("somebody", port: port).raw("GET", "/healthz").status == 403)
            await #expect(throws: TransportError.self) {
                _ = try await certificates.client(nil, port: port).raw("GET", "/healthz")
            }
        }
    }

    @Test("a command runs in the container that is named, and its output comes back")
    func exec() async throws {
        try await withServer { node, certificates, port in
            let client = try certificates.client("purser-apiserver", port: port)
            let result = try await client.json(
                "POST", "/exec/shop/web/app", query: [("command", "ls"), ("command", "-l /")])
            #expect(result == ["stdout": "b3V0", "stderr": "", "exitCode": 0])
            #expect(await node.runtime.calls.contains("execSync ls -l /"))
            let unknown = try await client.raw("POST", "/exec/shop/nothing/app", query: [("command", "ls")])
            #expect(unknown.failure.reason == "NotFound")
        }
    }

    @Test("the newest attempt's log is sent, and the previous one's when it is asked for")
    func logs() async throws {
        try await withServer { node, certificates, port in
            let directory = try node.volumes.logDirectory(pod: "uid-web", namespace: "shop", name: "web") + "/app"
            for (attempt, text) in ["old", "new"].enumerated() {
                try Data("2026-01-01T00:00:01Z stdout F \(text)\n".utf8)
                    .write(to: URL(fileURLWithPath: "\(directory)/\(attempt).log"))
            }
            let client = try certificates.client("purser-apiserver", port: port)
            let now = try await client.raw("GET", "/containerLogs/shop/web/app", query: [("tailLines", "5")])
            #expect(String(decoding: now.body, as: UTF8.self) == "new\n")
            let before = try await client.raw("GET", "/containerLogs/shop/web/app", query: [("previous", "true")])
            #expect(String(decoding: before.body, as: UTF8.self) == "old\n")
        }
    }
}
