import Containerd
import Glibc
import KubeClient
import KubeModel
import Logging

/// Keeps containers' logs small: a file that has grown too large is moved aside and the runtime begins a new one; of
/// the older ones only so many are kept.
struct LogRotation: Sendable {
    private let configuration: NodeAgentConfiguration
    private let machine: NodeMachine
    private let logger: Logger

    init(_ configuration: NodeAgentConfiguration, machine: NodeMachine, logger: Logger) {
        (self.configuration, self.machine, self.logger) = (configuration, machine, logger)
    }

    /// Looks at all logs every 10 seconds, as the kubelet does, until cancelled.
    func run() async {
        while (try? await Task.sleep(for: .seconds(10))) != nil { await rotate() }
    }

    /// Looks at the logs of all running containers once.
    func rotate() async {
        let filter = ContainerFilter(state: .running, labels: [RuntimeLabel.node: configuration.nodeName])
        guard let containers = try? await machine.runtime.containers(filter) else { return }
        for container in containers {
            do {
                try await rotate(container)
            } catch {
                logger.warning(
                    "a log was not rotated", metadata: ["container": "\(container.id)", "error": "\(describe(error))"])
            }
        }
    }

    private func rotate(_ container: ContainerSummary) async throws {
        guard let uid = container.labels[RuntimeLabel.podUID], let name = container.labels[RuntimeLabel.podName],
            let namespace = container.labels[RuntimeLabel.podNamespace]
        else { return }
        let pod = try machine.volumes.logDirectory(pod: uid, namespace: namespace, name: name)
        let directory = "\(pod)/\(container.name)"
        let path = "\(directory)/\(container.attempt).log"
        var status = stat()
        if stat(path, &status) != 0 {
            // An agent that was killed between the two steps left the container without a file.
            try await machine.runtime.reopenLog(of: container.id)
        } else if Int64(status.st_size) > configuration.containerLogMaxBytes {
            try await moveAside(path, of: container.id)
        }
        prune(path, directory)
    }

    private func moveAside(_ path: String, of container: String) async throws {
        let time = Timestamp.now.rfc3339Micro.filter { $0 != "-" && $0 != ":" }
        let rotated = "\(path).\(time)"
        guard rename(path, rotated) == 0 else {
            throw FileError(path: path, operation: "move aside")
        }
        do {
            try await machine.runtime.reopenLog(of: container)
        } catch {
            // The container goes on writing to the file that it has open.
            if access(path, F_OK) != 0 { rename(rotated, path) }
            throw error
        }
    }

    /// Removes the oldest files of a log, and the logs of all attempts but this one and the one before it.
    private func prune(_ path: String, _ directory: String) {
        let old = LogFiles.attempts(directory).dropLast(2).flatMap { LogFiles.kept("\(directory)/\($0).log") }
        for file in old + LogFiles.kept(path).dropLast(configuration.containerLogMaxFiles) { unlink(file) }
    }
}
