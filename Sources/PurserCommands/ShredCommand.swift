import ArgumentParser
import KubeModel

struct ShredCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shred",
        abstract: "Make a Secret or a person's name unreadable for ever, in the log and in every copy of it.",
        discussion: """
            Destroys the keys of every Secret that ever had the name. The log stays whole and can still be verified; the \
            values in it, in snapshots, read tables and backups without keys are ciphertext that nobody can open. The \
            Secret itself stays listed, without its values, until it is deleted. That it was shredded, and by whom, is an \
            event.

            `shred user NAME` destroys the name behind a person's commitment: what they did stays, by nobody known. Their \
            next call gets a new commitment, which nothing connects with the old one.

            EXAMPLES
              purser shred user alice
              purser shred secret/db -n shop
              purser shred secret/db -n shop --yes
            """)

    @Argument(help: ArgumentHelp("secret/NAME or user NAME", valueName: "what"))
    var what: [String]
    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var yes = false
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let parts = what.flatMap { $0.split(separator: "/", omittingEmptySubsequences: false).map(String.init) }
        guard parts.count == 2, ["secret", "secrets", "user"].contains(parts[0]), !parts[1].isEmpty else {
            throw CommandError(
                "only Secrets and people's names can be shredded",
                next: "write `purser shred secret/NAME -n NAMESPACE` or `purser shred user NAME`", status: .usage)
        }
        let session = try cluster.connect()
        let isPerson = parts[0] == "user"
        let label = isPerson ? "user \(parts[1])" : "secret \(session.namespace)/\(parts[1])"
        let question =
            isPerson ? "Forget who \(label) was, for good?" : "Destroy every value that \(label) ever had, for good?"
        guard yes || Console.confirms(question) else {
            throw CommandError("nothing was destroyed", next: "answer y, or pass --yes")
        }
        let result = try await session.purser(
            "POST", "shreds",
            body: isPerson
                ? ["user": .string(parts[1])]
                : ["secret": ["namespace": .string(session.namespace), "name": .string(parts[1])]])
        let count = result.array("destroyed").count
        Console.line(
            "\(label) shredded by the event at position \(result.int("position") ?? 0): "
                + (count == 0
                    ? "its keys had been destroyed before" : "\(count) \(count == 1 ? "key" : "keys") destroyed"))
    }
}
