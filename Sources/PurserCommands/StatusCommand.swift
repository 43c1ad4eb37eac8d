import ArgumentParser
import KubeClient
import KubeModel

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how this machine's instance and its cluster are.",
        discussion: "EXAMPLE\n  purser status\nEnds with 5 when the server does not answer.")

    @OptionGroup var options: InstanceOptions
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        if let instance = try Instance.load(options.directory) { showProcesses(instance) }
        let session = try cluster.connect()
        let nodes = try await session.client.list(.nodes)
        Console.line("\nserver \(session.client.connection.server): ready, log at position \(nodes.resourceVersion)")
        let rows = nodes.items.map { node in
            [
                node.name, node.condition("Ready")?.string("status") == "True" ? "Ready" : "NotReady",
                node.condition("Ready")?.string("message") ?? "",
            ]
        }
        Console.write(Output.table(["NODE", "STATUS", "MESSAGE"], rows))
        do {
            let hash = try await session.purser("GET", "statehash")
            Console.line("state at position \(hash.int("position") ?? 0): sha256 \(hash.string("sha256") ?? "")")
        } catch let status as KubeStatus where status.code == 404 || status.code == 403 {
            return
        }
    }

    private func showProcesses(_ instance: Instance) {
        let names = ((try? InstanceProcesses(instance: instance).stages()) ?? []).joined().filter { !$0.runsOnce }.map(
            \.name)
        let rows = (["supervisor"] + names).map { name in
            let record = ProcessRecord.load(instance.processRecord(name)).flatMap { $0.isRunning ? $0 : nil }
            return [name, record == nil ? "stopped" : "running", record.map { "\($0.pid)" } ?? "-", instance.log(name)]
        }
        Console.line("instance \(instance.name) in \(instance.directory)")
        Console.write(Output.table(["PROCESS", "STATE", "PID", "LOG"], rows))
    }
}
