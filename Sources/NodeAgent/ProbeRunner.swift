import AsyncHTTPClient
import Containerd
import KubeModel
import NIOCore
import NIOPosix
import NIOSSL
import PodLifecycle

/// Runs probes and lifecycle hooks.
final class ProbeRunner: Sendable {
    private let runtime: any ContainerRuntime
    private let http: HTTPClient

    init(runtime: any ContainerRuntime) {
        self.runtime = runtime
        var tls = TLSConfiguration.makeClientConfiguration()
        // A probe's certificate is not checked, as in Kubernetes.
        tls.certificateVerification = .none
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(1)
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit { http.shutdown { _ in } }

    /// - Parameter timeout: in seconds.
    /// - Returns: why it failed; nil if it did not.
    func run(_ handler: LifecycleHandler, container id: String, address: String?, timeout: Double) async -> String? {
        do {
            switch handler {
            case .exec(let command): return try await exec(command, id, timeout)
            case .httpGet(let host, let port, let path, let isTLS, let headers):
                guard let host = host ?? address else { return "the pod has no address" }
                return try await get(host, port, path, isTLS, headers, timeout)
            case .tcpSocket(let host, let port):
                guard let host = host ?? address else { return "the pod has no address" }
                return try await connect(host, port, timeout)
            case .grpc: return "gRPC probes are not supported"
            case .sleep(let seconds):
                try await Task.sleep(for: .seconds(min(Double(seconds), timeout)))
                return nil
            }
        } catch {
            return describe(error)
        }
    }

    private func exec(_ command: [String], _ id: String, _ timeout: Double) async throws -> String? {
        do {
            let result = try await runtime.execSync(command, in: id, timeoutSeconds: Int64(timeout.rounded(.up)))
            guard result.exitCode != 0 else { return nil }
            let output = String(decoding: (result.stdout + result.stderr).prefix(1024), as: UTF8.self)
            return output.isEmpty ? "command exited with code \(result.exitCode)" : output
        } catch let error as RuntimeError where error.code == .deadlineExceeded {
            return "command timed out after \(Int(timeout))s"
        }
    }

    private func get(
        _ host: String, _ port: Int, _ path: String, _ isTLS: Bool, _ headers: [LifecycleHandler.HTTPHeader],
        _ timeout: Double
    ) async throws -> String? {
        let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        var request = HTTPClientRequest(
            url: "\(isTLS ? "https" : "http")://\(authority)\(path.hasPrefix("/") ? path : "/\(path)")")
        request.headers.add(name: "user-agent", value: "purser-probe")
        request.headers.add(name: "accept", value: "*/*")
        request.headers.add(name: "connection", value: "close")
        for header in headers { request.headers.replaceOrAdd(name: header.name, value: header.value) }
        let response = try await http.execute(request, timeout: .milliseconds(Int64(timeout * 1000)))
        return (200..<400).contains(response.status.code)
            ? nil : "HTTP probe failed with statuscode: \(response.status.code)"
    }

    private func connect(_ host: String, _ port: Int, _ timeout: Double) async throws -> String? {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.milliseconds(Int64(timeout * 1000)))
            .connect(host: host, port: port).get()
        try await channel.close()
        return nil
    }
}
