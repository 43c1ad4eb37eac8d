import ArgumentParser
import KubeModel

struct ShredCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shred", abstract: "Make a Secret unreadable for ever, in the log and in every copy of it.",
        discussion: """
            Destroys the keys of every Secret that ever had the name. The log stays whole and can still be verified; the \
            values in it, in snapshots, read tables and backups without keys are ciphertext that nobody can open. The \
            Secret itself stays listed, without its values, until it is deleted. That it was shredded, and by whom, is an \
            event.

            EXAMPLES
              purser shred secret/db -n shop
              purser shred secret/db -n shop --yes
            """)

    @Argument(help: ArgumentHelp("secret/NAME", valueName: "what"))
    var what: [String]
    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var yes = false
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let parts = what.flatMap { $0.split(separator: "/", omittingEmptySubsequences: false).map(String.init) }
        guard parts.count == 2, ["secret", "secrets"].contains(parts[0]), !parts[1].isEmpty else {
            throw CommandError(
                "only Secrets can be shredded", next: "write `purser shred secret/NAME -n NAMESPACE`", status: .usage)
        }
        let session = try cluster.connect()
        let label = "secret \(session.namespace)/\(parts[1])"
        guard yes || Console.confirms("Destroy every value that \(label) ever had, for good?") else {
            throw CommandError("nothing was destroyed", next: "answer y, or pass --yes")
        }
        let result = try await session.purser(
            "POST", "shreds",
            body: ["secret": ["namespace": .string(session.namespace), "name": .string(parts[1])]])
        let count = result.array("destroyed").count
        Console.line(
            "\(label) shredded by the event at position \(result.int("position") ?? 0): "
                + "\(count) \(count == 1 ? "key" : "keys") destroyed")
    }
}
