import ArgumentParser
import Logging
import NodeAgent
import ServiceLifecycle

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "Run the node agent (started by the supervisor).",
        discussion: """
            Needs root. Ends on SIGTERM; containers go on running, and the next agent takes them over.

            EXAMPLE
              purser agent --config /var/lib/purser/config/agent.json
            """)

    @Option(help: "The agent's configuration, YAML or JSON.")
    var config: String

    func run() async throws {
        try InstanceOptions.requireRoot()
        let configuration: NodeAgentConfiguration
        do {
            configuration = try NodeAgentConfiguration.load(config)
        } catch {
            throw CommandError("\(error)", next: "correct \(config)", status: .usage)
        }
        let logger = Logger(label: "purser.agent")
        let group = ServiceGroup(
            configuration: .init(
                services: [NodeAgentService(configuration: configuration, logger: logger)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}
