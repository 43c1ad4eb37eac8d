import ArgumentParser
import KubeModel

enum Version {
    static let text = "0.1.0"
}

struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Show the version of this program and of the server.",
        discussion: "EXAMPLE\n  purser version --client")

    @Flag(help: "Show only this program's version; asks no server.")
    var client = false
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        Console.line("purser \(Version.text)")
        if client { return }
        let session = try cluster.connect()
        let version = try await session.client.json("GET", "/version", timeout: 5)
        Console.line("server \(version.string("gitVersion") ?? "unknown") at \(session.client.connection.server)")
    }
}
