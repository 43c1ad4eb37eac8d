import FoundationEssentials
import Glibc
import KubeModel
import Testing

@testable import KubeClient

@Suite struct KubeconfigTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = "/tmp/purser-kubeconfig-\(getpid())-\(UInt64.random(in: 0..<UInt64.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private var sample: Kubeconfig {
        Kubeconfig(
            clusters: [.init(name: "c", server: "https://127.0.0.1:6443", certificateAuthority: Array("CA".utf8))],
            users: [
                .init(name: "u", clientCertificate: Array("CERT".utf8), clientKey: SecretBytes("KEY")),
                .init(name: "t", token: SecretBytes("abc")),
            ],
            contexts: [
                .init(name: "one", cluster: "c", user: "u"),
                .init(name: "two", cluster: "c", user: "t", namespace: "shop"),
            ], currentContext: "one")
    }

    @Test("a file is written with mode 0600 and reads back as it was")
    func roundTrip() throws {
        try withDirectory { directory in
            let path = "\(directory)/config"
            try sample.write(to: path)
            var facts = stat()
            #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
            #expect(try Kubeconfig.load(path) == sample)
        }
    }

    @Test("files named in it are read from beside it")
    func files() throws {
        try withDirectory { directory in
            try PrivateFile.write("PEM", to: "\(directory)/ca.crt")
            try PrivateFile.write("tok\n", to: "\(directory)/token")
            let text = """
                current-context: x
                clusters: [{name: c, cluster: {server: "https://h:1/", certificate-authority: ca.crt}}]
                users: [{name: u, user: {tokenFile: \(directory)/token}}]
                contexts: [{name: x, context: {cluster: c, user: u}}]
                """
            try PrivateFile.write(text, to: "\(directory)/config")
            let connection = try Kubeconfig.load("\(directory)/config").connection()
            #expect(
                connection
                    == ClusterConnection(
                        server: "https://h:1", certificateAuthority: Array("PEM".utf8), token: SecretBytes("tok")))
        }
    }

    @Test("a context gives its cluster's server, its user's proof and its namespace")
    func contexts() throws {
        let connection = try sample.connection(context: "two")
        #expect(connection.namespace == "shop")
        #expect(connection.token == SecretBytes("abc"))
        #expect(connection.clientKey == nil)
    }

    @Test("an unknown context is refused with the names that exist")
    func unknownContext() {
        #expect(throws: KubeconfigError("the kubeconfig has no context \"x\"; it has: one, two")) {
            try sample.connection(context: "x")
        }
    }

    @Test("no description shows a key or a token")
    func secrecy() throws {
        var text = ""
        dump(sample, to: &text)
        text += "\(sample) \(String(reflecting: try sample.connection(context: "two")))"
        let shown = ["KEY", "abc", "\(Array("KEY".utf8))", "\(Array("abc".utf8))"].filter { text.contains($0) }
        #expect(shown == [])
    }
}
