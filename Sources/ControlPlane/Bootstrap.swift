import CommandHandling
import Domain
import KubeMachinery
import KubeModel
import Logging
import ServiceLifecycle

/// Creates what every cluster has: its first namespaces.
public struct Bootstrap: Service {
    let cluster: Cluster
    let writer: Writer
    let logger: Logger
    public static let namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"]

    public init(cluster: Cluster, writer: Writer, logger: Logger) {
        (self.cluster, self.writer, self.logger) = (cluster, writer, logger)
    }

    public func run() async throws {
        for name in Self.namespaces where cluster.state[ObjectKey(.namespaces, name: name)] == nil {
            while await !create(name), !Task.isShuttingDownGracefully, !Task.isCancelled {
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
            }
        }
        try? await gracefulShutdown()
    }

    /// - Returns: false if it is worth trying again.
    private func create(_ name: String) async -> Bool {
        guard let type = Registry.builtIn.type(.namespaces) else { return true }
        let caller = Caller(subject: "system:apiserver", groups: ["system:masters"], verb: "create")
        let request = WriteRequest(
            type, operation: .create(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]]),
            origin: CallOrigin(caller: caller, callID: cluster.newCallID()))
        do {
            _ = try await writer.execute(request)
            return true
        } catch  where error.code == 409 {
            logger.debug("another replica created the namespace", metadata: ["name": "\(name)"])
            return true
        } catch {
            logger.error("a namespace could not be created", metadata: ["name": "\(name)", "error": "\(error)"])
            return false
        }
    }
}
