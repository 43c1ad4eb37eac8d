import Domain
import Foundation
import KubeClient
import KubeModel

/// Reaches the agents' own HTTPS servers, for logs and for commands in containers.
public protocol NodeConnecting: Sendable {
    /// Streams a GET's response through to the client.
    /// - Throws: the node's refusal, or 503 if the node cannot be reached.
    func stream(node: NodeEndpoint, path: String, query: String, to response: any ResponseWriter)
        async throws(KubeStatus)
    /// Posts and returns the whole answer.
    func post(node: NodeEndpoint, path: String, query: String, body: [UInt8]) async throws(KubeStatus) -> [UInt8]
    /// Joins the client's connection with one to the node; returns when either ends. The node gives the answer.
    /// - Throws: 503 if the node cannot be reached, 400 if the client asks for no other protocol over HTTP/1.1.
    func tunnel(node: NodeEndpoint, _ request: UpgradeRequest, to response: any ResponseWriter) async throws(KubeStatus)
}

/// Where a node's agent listens.
public struct NodeEndpoint: Sendable, Hashable {
    public var name: String
    public var address: String
    public var port: Int
    public init(name: String, address: String, port: Int) {
        (self.name, self.address, self.port) = (name, address, port)
    }
}

extension APIHandler {
    func podLog(_ pod: StoredObject, _ call: APICall, _ response: any ResponseWriter) async throws(KubeStatus) {
        let object = pod.object()
        let query = call.request.query
        let container = try container(query["container"], of: object)
        let (nodes, endpoint) = try endpoint(of: object)
        try await recordServed(call, code: 200)
        try await nodes.stream(
            node: endpoint, path: "/containerLogs/\(object.namespace)/\(object.name)/\(container)",
            query: call.request.rawQuery, to: response)
    }

    /// A command without input and terminal is run to its end. All else needs streams both ways: the runtime speaks
    /// their protocols itself, so that the connection is passed through to it.
    func connect(_ resource: ResourceRequest, _ pod: StoredObject, _ call: APICall, _ response: any ResponseWriter)
        async throws(KubeStatus)
    {
        let offer = StreamOffer(call.request)
        if resource.subresource == "exec", !offer.isInteractive, offer.speaksChannels {
            try await runToEnd(pod, call, response)
        } else if offer.isPassedThrough {
            try await passThrough(resource, pod, call, response)
        } else {
            throw .badRequest(
                "\(resource.subresource) is served over SPDY/3.1, and over WebSocket with v4.channel.k8s.io")
        }
    }

    private func passThrough(
        _ resource: ResourceRequest, _ pod: StoredObject, _ call: APICall, _ response: any ResponseWriter
    ) async throws(KubeStatus) {
        let query = call.request.query
        let object = pod.object()
        var path = "/stream/\(resource.subresource)/\(object.namespace)/\(object.name)"
        if resource.subresource != "portforward" { path += "/\(try container(query["container"], of: object))" }
        var pairs: [String] = []
        for name in ["command", "ports", "stdin", "stdout", "stderr", "tty"] {
            pairs += query.values(name).map { "\(name)=\(Self.escaped($0))" }
        }
        let (nodes, endpoint) = try endpoint(of: object)
        var headers: [String: String] = [:]
        for name in UpgradeRequest.headerNames {
            let values = call.request.headers.values(name)
            if !values.isEmpty { headers[name] = values.joined(separator: ", ") }
        }
        try await recordServed(call, code: 101)
        try await nodes.tunnel(
            node: endpoint,
            UpgradeRequest(
                method: call.request.method, target: "\(path)?\(pairs.joined(separator: "&"))", headers: headers),
            to: response)
    }

    private func runToEnd(_ pod: StoredObject, _ call: APICall, _ response: any ResponseWriter)
        async throws(KubeStatus)
    {
        let query = call.request.query
        let object = pod.object()
        let container = try container(query["container"], of: object)
        let (nodes, endpoint) = try endpoint(of: object)
        guard let version = call.request.subprotocol(of: StreamOffer.channels) else {
            throw .badRequest("the request offers none of \(StreamOffer.channels.joined(separator: ", "))")
        }
        let command = query.values("command")
        guard !command.isEmpty else { throw .badRequest("you must specify at least 1 command for the container") }
        try await recordServed(call, code: 101)
        let socket: any WebSocketConnection
        do { socket = try await response.acceptWebSocket(subprotocol: version) } catch {
            throw .badRequest("the request is no WebSocket handshake over HTTP/1.1")
        }
        await runCommand(command, container, object, nodes, endpoint, socket)
    }

    /// Channels of the remote command protocol: 1 standard output, 2 standard error, 3 the final Status.
    private func runCommand(
        _ command: [String], _ container: String, _ pod: KubeObject, _ nodes: any NodeConnecting,
        _ endpoint: NodeEndpoint,
        _ socket: any WebSocketConnection
    ) async {
        var status: JSON = ["metadata": [:], "status": "Success"]
        do {
            let result = try await exec(command, container, pod, nodes, endpoint)
            if !result.output.isEmpty { try await socket.send([1] + result.output) }
            if !result.errors.isEmpty { try await socket.send([2] + result.errors) }
            if result.exitCode != 0 {
                status = [
                    "metadata": [:], "status": "Failure", "reason": "NonZeroExitCode",
                    "message": .string("command terminated with non-zero exit code: exit status \(result.exitCode)"),
                    "details": ["causes": [["reason": "ExitCode", "message": .string("\(result.exitCode)")]]],
                ]
            }
        } catch let refusal as KubeStatus {
            status = refusal.json
        } catch {
            return
        }
        try? await socket.send([3] + status.canonicalBytes)
        await socket.close(code: 1000)
    }

    struct ExecResult: Sendable {
        var output: [UInt8]
        var errors: [UInt8]
        var exitCode: Int64
    }

    func exec(
        _ command: [String], _ container: String, _ pod: KubeObject, _ nodes: any NodeConnecting,
        _ endpoint: NodeEndpoint
    )
        async throws(KubeStatus) -> ExecResult
    {
        let query = command.map { "command=\(Self.escaped($0))" }.joined(separator: "&")
        let answer = try await nodes.post(
            node: endpoint, path: "/exec/\(pod.namespace)/\(pod.name)/\(container)", query: query, body: [])
        guard let json = try? JSON(parsing: answer), let exitCode = json.int("exitCode"),
            let output = Data(base64Encoded: json.string("stdout") ?? ""),
            let errors = Data(base64Encoded: json.string("stderr") ?? "")
        else { throw .internalError("the node's answer cannot be read") }
        return ExecResult(output: Array(output), errors: Array(errors), exitCode: exitCode)
    }

    func container(_ asked: String?, of pod: KubeObject) throws(KubeStatus) -> String {
        let names = (pod.spec.array("containers") + pod.spec.array("initContainers")).compactMap { $0.string("name") }
        if let asked, !asked.isEmpty {
            guard names.contains(asked) else {
                throw .badRequest("container \(asked) is not valid for pod \(pod.name)")
            }
            return asked
        }
        let main = pod.spec.array("containers").compactMap { $0.string("name") }
        guard main.count == 1, let only = main.first else {
            throw .badRequest(
                "a container name must be specified for pod \(pod.name), choose one of: [\(names.joined(separator: " "))]"
            )
        }
        return only
    }

    func endpoint(of pod: KubeObject) throws(KubeStatus) -> (any NodeConnecting, NodeEndpoint) {
        guard let nodes else { throw .serviceUnavailable("this server has no credentials for nodes") }
        guard let name = pod.spec.string("nodeName"), !name.isEmpty else {
            throw .badRequest("pod \(pod.name) does not have a host assigned")
        }
        guard let node = cluster.state[ObjectKey(.nodes, name: name)]?.object() else {
            throw .notFound(.nodes, name: name)
        }
        let addresses = node.status.array("addresses")
        guard let address = addresses.first(where: { $0.string("type") == "InternalIP" })?.string("address"),
            let port = node.status.int("daemonEndpoints", "kubeletEndpoint", "Port")
        else { throw .serviceUnavailable("node \(name) has not said where its agent listens") }
        return (nodes, NodeEndpoint(name: name, address: address, port: Int(port)))
    }

    static func escaped(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default: out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }
}
