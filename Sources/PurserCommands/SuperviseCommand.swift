import ArgumentParser
import Glibc
import KubeModel
import Logging
import ServiceLifecycle

struct SuperviseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise", abstract: "Keep an instance's processes alive (started by `up`).",
        discussion: "Ends on SIGTERM, after everything that it started.", shouldDisplay: false)

    @Option(help: "The instance's directory.")
    var data = Instance.defaultDirectory

    func run() async throws {
        guard let instance = try Instance.load(data) else {
            throw CommandError("there is no instance in \(data)", next: "make one with `purser up`", status: .notFound)
        }
        let list = try ConfigurationReader.read(instance.unitsFile)
        let stages = try list.array("stages").map { try ($0.arrayValue ?? []).map { try ServiceUnit(json: $0) } }
        guard let record = ProcessRecord.running(getpid()) else {
            throw CommandError("/proc does not show this process", next: "mount /proc")
        }
        try record.save(instance.processRecord("supervisor"))
        let logger = Logger(label: "purser.supervisor")
        let supervisor = Supervisor(instance: instance, stages: stages, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: supervisor, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        unlink(instance.processRecord("supervisor"))
    }
}
