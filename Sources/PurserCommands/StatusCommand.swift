import ArgumentParser
import KubeClient
import KubeModel

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how this machine's instance and its cluster are.",
        discussion: """
            Of the record it tells how far it is signed and how far the tables behind the SQL views are. The signature of the \
            newest tree head is checked, and that the newest event below it is in its tree; `purser audit verify` checks \
            every event. Ends with 5 when the server does not answer, and with 1 when the log does not fit its signature.

            EXAMPLE
              purser status
            """)

    @OptionGroup var options: InstanceOptions
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let instance = try Instance.load(options.directory)
        if let instance { showProcesses(instance) }
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
            try await showRecord(LogStatus(session: session), key: Self.key(instance, session))
        } catch let status as KubeStatus where status.code == 404 || status.code == 403 {
            return
        }
    }

    private func showRecord(_ status: LogStatus, key: String?) async throws {
        if let tables = try await status.tables() {
            Console.line("")
            Projections.show(tables)
        }
        Console.line(try await status.signed(keyFile: key, now: Clock.now()))
    }

    /// The public key of the log that the session is of, where that is this instance's.
    private static func key(_ instance: Instance?, _ session: Session) -> String? {
        guard let instance, session.client.connection.server == "https://127.0.0.1:\(instance.apiPort)" else {
            return nil
        }
        let file = instance.serverConfiguration.logVerifierFile
        return Paths.exists(file) ? file : nil
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
