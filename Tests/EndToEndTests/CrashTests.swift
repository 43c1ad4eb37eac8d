import Foundation
import KubeClient
import KubeModel
import PostgresTesting
import PropertyTesting
import Synchronization
import Testing

/// Servers and PostgreSQL are killed under load; what the clients were told must be what the log says.
@Suite("Servers and PostgreSQL killed under load", .serialized)
struct CrashTests {
    @Test("every acknowledged write is in the log once and no refused one is", .timeLimit(.minutes(3)))
    func killedAtRandom() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let bench = try await CrashBench()
        defer { bench.killAll() }
        try await bench.keepRunning()

        let ledger = TokenLedger()
        let deadline = ContinuousClock.now + .seconds(12)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<4 {
                group.addTask { await Self.write(as: client, to: bench.first, until: deadline, ledger) }
            }
            while ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(Int.random(in: 100...1200, using: &random)))
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bench.first.kill()
                case 1: try await bench.killPostgres()
                default:
                    try await bench.killPostgres()
                    bench.first.kill()
                }
                try await bench.keepRunning()
            }
            try await group.waitForAll()
        }
        #expect(ledger.count(.acknowledged) > 20, "seed \(seed)")
        #expect(try await ledger.contradictions(with: bench.first.tokens()) == [], "seed \(seed)")
        try await bench.purser("replay", "--source", bench.database, "--kubeconfig", bench.kubeconfig)

        try await twoServers(bench, ledger)
        #expect(bench.first.endGracefully() == 0)
        #expect(bench.second.endGracefully() == 0)
        try await bench.purser(
            "audit", "verify", "--database", bench.database, "--notes", "\(bench.directory)/server/tree-heads", "--key",
            "\(bench.directory)/server/log.vkey")
    }

    /// Two servers on one database take writes to the same objects.
    private func twoServers(_ bench: CrashBench, _ ledger: TokenLedger) async throws {
        try bench.prepareSecond()
        try await bench.second.start()
        let deadline = ContinuousClock.now + .seconds(3)
        await withTaskGroup(of: Void.self) { group in
            for client in 0..<4 {
                let server = client % 2 == 0 ? bench.first : bench.second
                group.addTask { await Self.write(as: client, to: server, until: deadline, ledger, shared: true) }
            }
        }
        #expect(try await ledger.contradictions(with: bench.first.tokens()) == [])
        #expect(try await bench.first.tokens() == bench.second.tokens())
        var hashes = ["first", "second"]
        for _ in 0..<50 where Set(hashes).count > 1 {
            hashes = [try await bench.first.stateHash(), try await bench.second.stateHash()]
            if Set(hashes).count > 1 { try await Task.sleep(for: .milliseconds(100)) }
        }
        #expect(Set(hashes).count == 1)
    }

    /// Creates and patches ConfigMaps, each time with a token of its own, and notes what came of it.
    private static func write(
        as client: Int, to server: CrashedServer, until deadline: ContinuousClock.Instant, _ ledger: TokenLedger,
        shared: Bool = false
    ) async {
        var step = 0
        while ContinuousClock.now < deadline {
            step += 1
            let token = "\(shared ? "two" : "one")-\(client)-\(step)"
            let name = shared ? "shared-\(step % 5)" : "c\(client)-\(step / 4)"
            let answer = await server.write(name: name, token: token)
            ledger.note(token, answer)
            if answer != .acknowledged { try? await Task.sleep(for: .milliseconds(20)) }
        }
    }
}

/// What the clients were told of each token that they wrote.
typealias TokenLedger = WriteLedger<String>

/// Writes tokens into ConfigMaps and notes what it was told.
struct ConfigMapWriter: Sendable {
    let client: APIClient
    let namespace: String

    private var configMaps: String { "/api/v1/namespaces/\(namespace)/configmaps" }

    /// Patches the ConfigMap, or creates it where it is not there.
    func write(name: String, token: String) async -> TokenLedger.Answer {
        let data: JSON = ["data": ["token": .string(token)]]
        do {
            let patched = try await client.raw(
                "PATCH", "\(configMaps)/\(name)", body: data.canonicalBytes,
                contentType: "application/merge-patch+json", timeout: 10)
            guard patched.status == 404 else { return Self.answer(patched) }
            var object = data
            object["metadata"] = ["name": .string(name)]
            return Self.answer(
                try await client.raw("POST", configMaps, body: object.canonicalBytes, timeout: 10))
        } catch {
            return .unknown
        }
    }

    private static func answer(_ response: APIResponse) -> TokenLedger.Answer {
        if response.isSuccess { return .acknowledged }
        return response.status == 504 ? .unknown : .refused
    }
}

/// One server process and a client of it.
private final class CrashedServer: Sendable {
    private let arguments: [String]
    private let log: String
    private let process = Mutex<(process: Process, lifeline: Pipe)?>(nil)
    let client: APIClient

    init(program: String, config: String, port: Int, database: String, log: String, pki: String) throws {
        arguments = [program, "server", "--config", config, "--port", "\(port)", "--database", database]
        self.log = log
        func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: "\(pki)/\(name)"))) }
        client = try APIClient(
            ClusterConnection(
                server: "https://127.0.0.1:\(port)", certificateAuthority: read("ca.crt"),
                clientCertificate: read("admin.crt"), clientKey: SecretBytes(read("admin.key"))))
    }

    var isRunning: Bool { process.withLock { $0?.process.isRunning ?? false } }

    /// Starts the process, again where it ends at once because PostgreSQL is not back, and waits until it serves.
    func start() async throws {
        for _ in 0..<150 {
            if !isRunning { try launch() }
            if (try? await client.raw("GET", "/readyz", timeout: 1))?.status == 200 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw CrashFailure("the server does not serve; the end of \(log):\n\(tail)")
    }

    private var tail: String { ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").suffix(2000).description }

    private func launch() throws {
        kill()
        let process = Process()
        let lifeline = Pipe()
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.executableURL = URL(filePath: "/bin/bash")
        // The server ends with this process, however that ends: a shell waits for the pipe to close. It holds no other
        // descriptor, for Foundation takes a program for running as long as one of its descriptors is open.
        let script = #"""
            exec 3<&0
            log=$1; shift
            (exec <&3; for fd in /proc/self/fd/*; do fd=${fd##*/}; [ "$fd" -eq 0 ] || eval "exec $fd>&-"; done
            read -r; kill -9 $$) &
            exec "$@" >>"$log" 2>&1 </dev/null 3<&-
            """#
        process.arguments = ["-c", script, "sh", log] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process.standardInput = lifeline
        try process.run()
        self.process.withLock { $0 = (process, lifeline) }
    }

    /// As the kernel kills it; returns when it is gone.
    func kill() {
        guard let (process, lifeline) = process.withLock({ $0.take() }) else { return }
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? lifeline.fileHandleForWriting.close()
    }

    /// - Returns: the exit status after SIGTERM.
    func endGracefully() -> Int32 {
        guard let (process, lifeline) = process.withLock({ $0.take() }) else { return -1 }
        process.terminate()
        process.waitUntilExit()
        try? lifeline.fileHandleForWriting.close()
        return process.terminationReason == .exit ? process.terminationStatus : -1
    }

    func write(name: String, token: String) async -> TokenLedger.Answer {
        await ConfigMapWriter(client: client, namespace: "default").write(name: name, token: token)
    }

    private func purser(_ path: String, _ query: [(String, String)] = []) async throws -> JSON {
        try await client.raw("GET", "/apis/purser.dev/v1alpha1/\(path)", query: query).json()
    }

    func stateHash() async throws -> String { try await purser("statehash").string("sha256") ?? "" }

    /// The tokens in the log, in its order.
    func tokens() async throws -> [String] {
        var tokens: [String] = []
        var after: Int64? = 0
        while let position = after {
            let page = try await purser(
                "history",
                [("resource", "configmaps"), ("namespace", "default"), ("after", "\(position)"), ("limit", "1000")])
            tokens += page.array("items").compactMap { $0.string("payload", "data", "token") }
            after = page.int("continue")
        }
        return tokens
    }
}

/// A private PostgreSQL with servers on it.
private final class CrashBench: Sendable {
    let postgres: PostgresCluster
    let program: String
    let first: CrashedServer
    let second: CrashedServer

    var directory: String { "\(postgres.directory)/purser" }
    /// Two hosts, of which the first is not there.
    var database: String { "host=/nonexistent,\(postgres.directory) port=5432 dbname=postgres user=purser" }
    var kubeconfig: String { "\(directory)/kubeconfig" }

    init() async throws {
        postgres = try PostgresCluster()
        program =
            URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent().path
            + "/purser"
        let (directory, ports) = ("\(postgres.directory)/purser", [try Self.freePort(), try Self.freePort()])
        let database = "host=/nonexistent,\(postgres.directory) port=5432 dbname=postgres user=purser"
        try Self.run(["/bin/sh", "-euc", Self.setUp, "sh", directory, "\(ports[0])", postgres.directory])
        let pki = "\(directory)/pki"
        first = try CrashedServer(
            program: program, config: "\(directory)/server.json", port: ports[0], database: database,
            log: "\(directory)/first.log", pki: pki)
        second = try CrashedServer(
            program: program, config: "\(directory)/second.json", port: ports[1], database: database,
            log: "\(directory)/second.log", pki: pki)
        try await purser("migrate", "--database", postgres.conninfo(), "--login", "purser")
    }

    /// Everything that runs again after a kill.
    func keepRunning() async throws {
        for attempt in 0... {
            do {
                if !isPostgresRunning { try postgres.start() }
                break
            } catch  where attempt < 50 {
                // The killed one's backends still hold its memory.
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        try await first.start()
    }

    private var postmaster: pid_t? {
        let file = try? String(contentsOfFile: "\(postgres.directory)/data/postmaster.pid", encoding: .utf8)
        return file?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    private var isPostgresRunning: Bool { postmaster.map { kill($0, 0) == 0 } ?? false }

    /// Returns when the postmaster is gone.
    func killPostgres() async throws {
        guard let postmaster else { return }
        kill(postmaster, SIGKILL)
        while kill(postmaster, 0) == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    func killAll() {
        first.kill()
        second.kill()
        try? postgres.stop(mode: "immediate")
    }

    /// The second server has its own directory and the same keys.
    func prepareSecond() throws {
        try Self.run([
            "/bin/sh", "-euc",
            #"mkdir "$1/server2"; cp "$1"/server/log.* "$1/server2/"; sed 's,/server",/server2",' "$1/server.json" > "$1/second.json""#,
            "sh", directory,
        ])
    }

    func purser(_ arguments: String...) async throws { try Self.run([program] + arguments) }

    private static func run(_ arguments: [String]) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw CrashFailure("\(arguments.joined(separator: " ")): \(text)")
        }
    }

    /// A port that nobody listens on now.
    private static func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else { throw CrashFailure("no port is free") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Certificates, the key file, the configuration and a kubeconfig.
    private static let setUp = #"""
        mkdir -p "$1/pki" "$1/server"; cd "$1/pki"
        ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        openssl req -x509 $ec -keyout ca.key -out ca.crt -days 2 -subj /CN=test-ca 2>/dev/null
        printf 'subjectAltName=IP:127.0.0.1\n' > names
        make() {
            openssl req $ec -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
            openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -out "$1.crt" -days 2 -extfile names 2>/dev/null
        }
        make server /CN=purser-server
        make admin /O=system:masters/CN=kubernetes-admin
        head -c 32 /dev/urandom > "$1/server/secret.key"; chmod 600 "$1/server/secret.key"
        cat > "$1/server.json" <<END
        {"port": $2, "certificateFile": "$1/pki/server.crt", "keyFile": "$1/pki/server.key",
         "clientAuthorityFile": "$1/pki/ca.crt", "nodeClientCertificateFile": "$1/pki/admin.crt",
         "nodeClientKeyFile": "$1/pki/admin.key", "database": "host=$3 user=purser dbname=postgres",
         "dataDirectory": "$1/server", "secretKeyFile": "$1/server/secret.key"}
        END
        cat > "$1/kubeconfig" <<END
        apiVersion: v1
        kind: Config
        clusters: [{name: c, cluster: {server: "https://127.0.0.1:$2", certificate-authority-data: $(base64 -w0 ca.crt)}}]
        users: [{name: u, user: {client-certificate-data: $(base64 -w0 admin.crt), client-key-data: $(base64 -w0 admin.key)}}]
        contexts: [{name: x, context: {cluster: c, user: u}}]
        current-context: x
        END
        chmod 600 "$1/kubeconfig"
        """#
}

private struct CrashFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
