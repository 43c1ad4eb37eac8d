import Containerd
import KubeClient
import LinuxNode
import Logging
import ServiceLifecycle

/// The node agent with the real machine behind it, as a service. A graceful shutdown ends the agent and leaves the
/// containers running; the next start adopts them.
public struct NodeAgentService: Service {
    private let configuration: NodeAgentConfiguration
    private let logger: Logger

    public init(configuration: NodeAgentConfiguration, logger: Logger) {
        (self.configuration, self.logger) = (configuration, logger)
    }

    /// Throws where the configuration cannot be used or the machine cannot be set up.
    public func run() async throws {
        let runtime = try CRIRuntime(socket: configuration.containerdSocket, logger: logger)
        let machine = try machine(runtime)
        let agent = NodeAgent(configuration, machine: machine, logger: logger)
        do {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await runtime.run() }
                    group.addTask { try await agent.run() }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        } catch is CancellationError {
            logger.info("the node agent stopped; containers go on running")
        }
    }

    private func machine(_ runtime: CRIRuntime) throws -> NodeMachine {
        let connection = try Kubeconfig.load(configuration.kubeconfig).connection()
        let client = try APIClient(connection, userAgent: "purser-agent/\(configuration.nodeName)")
        return NodeMachine(
            runtime: runtime, cgroups: try CgroupLayout.detect().pods(prefix: configuration.cgroupPrefix),
            network: BridgeNetwork(
                BridgeNetwork.Configuration(
                    bridge: configuration.bridge, podRange: try IPPrefix(configuration.podCIDR),
                    clusterRange: try IPPrefix(configuration.clusterCIDR),
                    serviceRange: try IPPrefix(configuration.serviceCIDR),
                    cniConfigurationDirectory: configuration.cniConfigDirectory,
                    addressDirectory: "\(configuration.rootDirectory)/addresses")),
            packetFilter: Nftables(),
            volumes: NodeVolumes(root: configuration.rootDirectory, logs: configuration.logDirectory),
            api: ClientNodeAPI(client: client))
    }
}
