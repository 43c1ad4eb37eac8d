import ArgumentParser
import FoundationEssentials
import Glibc
import KubeClient
import KubeModel

struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a command in a container.",
        discussion: """
            The command runs without a terminal and without input; its status becomes this program's.

            EXAMPLE
              purser exec deployment/web -- cat /etc/hostname
            """)

    @Argument(help: ArgumentHelp("POD, or TYPE/NAME of a workload (its first pod)", valueName: "what"))
    var what: String
    @Option(name: [.customShort("c"), .long], help: "The container; the pod's first one if none is given.")
    var container: String?
    @OptionGroup var cluster: ClusterOptions
    @Argument(parsing: .postTerminator, help: "The command, behind --.")
    var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("say what to run: purser exec POD -- COMMAND") }
    }

    func run() async throws {
        let session = try cluster.connect()
        let pod = try await Workload.pod(what, session)
        var body: JSON = ["command": .array(command.map { .string($0) })]
        body["container"] = container.map { .string($0) }
        let result = try await session.purser(
            "POST", "namespaces/\(session.namespace)/pods/\(pod)/exec", body: body)
        for (member, descriptor) in [("stdout", STDOUT_FILENO), ("stderr", STDERR_FILENO)] {
            if let bytes = result.string(member).flatMap({ Data(base64Encoded: $0) }) {
                Console.write(Array(bytes), to: descriptor)
            }
        }
        let status = Int32(truncatingIfNeeded: result.int("exitCode") ?? 0)
        if status != 0 { throw ExitCode(status) }
    }
}
