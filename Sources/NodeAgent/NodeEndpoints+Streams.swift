import Containerd
import FoundationEssentials
import KubeClient
import KubeModel
import NIOCore
import NIOPosix

/// Commands with input, terminals, and ports of pods: the runtime serves these streams itself, on this machine only, so
/// that a connection is passed through to it byte by byte.
extension NodeEndpoints {
    /// - Throws: `KubeStatus` as long as nothing has been passed on.
    func stream(_ request: UpgradeRequest, _ client: RawConnection) async throws {
        let target = RequestTarget(request.target)
        let url: String
        do { url = try await streamingURL(target) } catch let error as RuntimeError {
            throw KubeStatus.internalError("the container runtime refuses the stream: \(error.message)")
        }
        guard let parsed = URL(string: url), let host = parsed.host(), let port = parsed.port else {
            throw KubeStatus.internalError("the container runtime names no address for the stream")
        }
        let runtime: RawConnection
        do {
            runtime = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: host, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try RawConnection(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            throw KubeStatus.serviceUnavailable("the container runtime's streams cannot be reached: \(describe(error))")
        }
        var forwarded = request
        forwarded.target = parsed.path() + (parsed.query().map { "?\($0)" } ?? "")
        // Whatever ends the streams now, both sides have seen it.
        try? await Tunnel.join(client, runtime, opening: forwarded.bytes(host: "\(host):\(port)"))
    }

    private func streamingURL(_ target: RequestTarget) async throws -> String {
        // `stream`, what, namespace, pod, and a container where one is meant.
        guard target.segments.count >= 4 else { throw KubeStatus.noSuchPath() }
        let place = RequestTarget(segments: Array(target.segments.dropFirst()), query: target.query)
        let pod = try await pod(place)
        let runtime = node.machine.runtime
        switch (target.segments[1], target.segments.count) {
        case ("exec", 5):
            let command = target.values("command")
            guard !command.isEmpty else { throw KubeStatus.badRequest("no command given; name one with ?command=") }
            return try await runtime.exec(
                command, in: try await running(target.segments[4], of: pod), streams: target.streamOptions)
        case ("attach", 5):
            return try await runtime.attach(
                to: try await running(target.segments[4], of: pod), streams: target.streamOptions)
        case ("portforward", 4):
            let sandboxes = try await runtime.sandboxes(
                SandboxFilter(state: .ready, labels: [RuntimeLabel.podUID: pod.uid]))
            guard let sandbox = sandboxes.first else {
                throw KubeStatus.badRequest("pod \"\(pod.name)\" is not running")
            }
            return try await runtime.portForward(to: sandbox.id, ports: target.values("ports").compactMap(Int32.init))
        default: throw KubeStatus.noSuchPath()
        }
    }
}

extension RequestTarget {
    init(segments: [String], query: [(name: String, value: String)]) {
        (self.segments, self.query) = (segments, query)
    }

    /// A terminal has one output only.
    var streamOptions: StreamOptions {
        func flag(_ name: String) -> Bool { value(name) == "true" || value(name) == "1" }
        return StreamOptions(
            stdin: flag("stdin"), stdout: flag("stdout"), stderr: flag("stderr") && !flag("tty"), terminal: flag("tty"))
    }
}

extension KubeStatus {
    /// As a whole HTTP/1.1 response, after which the connection closes.
    var closingResponse: [UInt8] {
        let body = json.canonicalBytes
        let head =
            "HTTP/1.1 \(code) \(reason)\r\ncontent-type: application/json\r\ncontent-length: \(body.count)\r\n"
            + "connection: close\r\n\r\n"
        return Array(head.utf8) + body
    }
}
