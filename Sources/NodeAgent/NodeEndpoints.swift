import Containerd
import FoundationEssentials
import KubeClient
import KubeModel
import NIOCore
import NIOHTTP1

/// What the node's server answers.
struct NodeEndpoints: Sendable {
    let node: NodeContext
    let directory: PodDirectory

    func answer(_ request: HTTPRequestHead, _ response: NodeResponse) async throws {
        let target = RequestTarget(request.uri)
        do {
            switch target.segments.first {
            case "healthz":
                try await response.begin(contentType: "text/plain")
                try await response.write(Array("ok".utf8))
                try await response.end()
            case "containerLogs" where target.segments.count == 4: try await logs(target, response)
            case "exec" where target.segments.count == 4: try await exec(target, response)
            default: try await response.fail(.noSuchPath())
            }
        } catch let status as KubeStatus {
            try await response.fail(status)
        }
    }

    func pod(_ target: RequestTarget) async throws -> KubeObject {
        guard let pod = await directory.pod(namespace: target.segments[1], name: target.segments[2]) else {
            throw KubeStatus.notFound(.pods, name: target.segments[2])
        }
        return pod
    }

    // MARK: Commands

    /// Runs a command to its end. The answer holds `stdout` and `stderr` in base 64 and the `exitCode`.
    private func exec(_ target: RequestTarget, _ response: NodeResponse) async throws {
        let pod = try await pod(target)
        let command = target.values("command")
        guard !command.isEmpty else { throw KubeStatus.badRequest("no command given; name one with ?command=") }
        let container = try await running(target.segments[3], of: pod)
        do {
            let timeout = target.value("timeoutSeconds").flatMap { Int64($0) } ?? 3600
            let result = try await node.machine.runtime.execSync(command, in: container, timeoutSeconds: timeout)
            try await response.send([
                "stdout": .string(Data(result.stdout).base64EncodedString()),
                "stderr": .string(Data(result.stderr).base64EncodedString()), "exitCode": .int(Int64(result.exitCode)),
            ])
        } catch let error as RuntimeError {
            throw KubeStatus.internalError("error executing command in container: \(error.message)")
        }
    }

    /// The identifier of a container's running attempt.
    func running(_ name: String, of pod: KubeObject) async throws -> String {
        let running = try await container(name, of: pod).filter { $0.state == .running }
        guard let newest = running.max(by: { $0.attempt < $1.attempt }) else {
            throw KubeStatus.badRequest("container \"\(name)\" of pod \"\(pod.name)\" is not running")
        }
        return newest.id
    }

    private func container(_ name: String, of pod: KubeObject) async throws -> [ContainerSummary] {
        do {
            return try await node.machine.runtime.containers(
                ContainerFilter(labels: [RuntimeLabel.podUID: pod.uid, RuntimeLabel.containerName: name]))
        } catch {
            throw KubeStatus.serviceUnavailable("the container runtime does not answer: \(describe(error))")
        }
    }

    // MARK: Logs

    private func logs(_ target: RequestTarget, _ response: NodeResponse) async throws {
        let pod = try await pod(target)
        let name = target.segments[3]
        let options = try target.logOptions(now: .now)
        let directory =
            try node.machine.volumes.logDirectory(pod: pod.uid, namespace: pod.namespace, name: pod.name) + "/\(name)"
        let attempts = LogFiles.attempts(directory)
        guard let attempt = options.previous ? attempts.dropLast().last : attempts.last else {
            let what = options.previous ? "previous terminated container" : "container"
            throw KubeStatus.badRequest("\(what) \"\(name)\" in pod \"\(pod.name)\" not found or without a log yet")
        }
        var reader: LogReader
        do {
            reader = try LogReader("\(directory)/\(attempt).log", options)
        } catch {
            throw KubeStatus.internalError("\(error)")
        }
        try await response.begin(contentType: "text/plain")
        while true {
            let wasRunning = options.follow ? await isRunning(name, attempt, pod) : false
            while let piece = reader.next() {
                if !piece.isEmpty { try await response.write(piece) }
                if reader.isExhausted { return try await response.end() }
            }
            // Only what had ended before the file was read to its end cannot write any more.
            guard wasRunning || reader.isSuperseded else { break }
            try await Task.sleep(for: .milliseconds(200))
        }
        try await response.end()
    }

    private func isRunning(_ name: String, _ attempt: Int, _ pod: KubeObject) async -> Bool {
        let found = (try? await container(name, of: pod))?.first { Int($0.attempt) == attempt }
        return found?.state == .running || found?.state == .created
    }
}

/// A request's path and query, decoded.
struct RequestTarget: Sendable {
    var segments: [String]
    var query: [(name: String, value: String)]

    init(_ uri: String) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        segments = (parts.first ?? "").split(separator: "/").map { Self.decode($0) }
        query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decode(sides[0]), sides.count > 1 ? Self.decode(sides[1]) : "")
        }
    }

    func values(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }
    func value(_ name: String) -> String? { values(name).first }

    /// Throws `KubeStatus` 400 for a number that is none.
    func logOptions(now: Timestamp) throws -> LogOptions {
        func flag(_ name: String) -> Bool { value(name) == "true" || value(name) == "1" }
        func number(_ name: String) throws -> Int? {
            guard let text = value(name) else { return nil }
            guard let number = Int(text), number >= 0 else {
                throw KubeStatus.badRequest("\(name) must be a number of 0 or more, not \"\(text)\"")
            }
            return number
        }
        let sinceTime = value("sinceTime").flatMap(Timestamp.init(rfc3339:))
        return LogOptions(
            follow: flag("follow"), previous: flag("previous"), timestamps: flag("timestamps"),
            tailLines: try number("tailLines"),
            since: try number("sinceSeconds").map { now.adding(seconds: -Double($0)) } ?? sinceTime,
            limitBytes: try number("limitBytes"))
    }

    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = String(decoding: [iterator.next() ?? 0, iterator.next() ?? 0], as: UTF8.self)
                bytes.append(UInt8(digits, radix: 16) ?? UInt8(ascii: "%"))
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
