import ArgumentParser
import KubeModel

struct ProjectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projections", abstract: "Show or rebuild the tables behind the SQL views.",
        discussion: """
            The views desired_state, actual_state and usage of the database's schema `purser` stand on tables that the \
            server writes behind the log, half a second later or so. They hold nothing that the log does not.

            EXAMPLES
              purser projections status
              purser projections rebuild usage
              psql -h /var/lib/purser/run/postgres -U purser_reader purser -c 'select * from purser.desired_state'
            """,
        subcommands: [ProjectionsStatusCommand.self, ProjectionsRebuildCommand.self])
}

struct ProjectionsStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how many events each table is behind.",
        discussion: "EXAMPLE\n  purser projections status")

    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        Projections.show(try await cluster.connect().purser("GET", "projections"))
    }
}

struct ProjectionsRebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Empty a table and write it again from the log, or all of them.",
        discussion: """
            Returns when the tables have reached the position that the log had at the start. Meanwhile SQL readers see \
            what is written already; bills stay right, because they read the log where the table ends.

            EXAMPLES
              purser projections rebuild
              purser projections rebuild usage
            """)

    @Argument(help: ArgumentHelp("objects or usage; all if none is given", valueName: "name"))
    var name: String?
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        var body: JSON = [:]
        body["name"] = name.map { .string($0) }
        var answer = try await session.purser("POST", "projectionrebuilds", body: body)
        let end = answer.int("position") ?? 0
        while answer.array("items").contains(where: { $0.int("position") ?? 0 < end }) {
            try await Task.sleep(for: .milliseconds(200))
            answer = try await session.purser("GET", "projections")
        }
        Projections.show(answer)
    }
}

enum Projections {
    static func show(_ answer: JSON) {
        let rows = answer.array("items").map { item in
            [item.string("name") ?? ""] + ["position", "lag", "rebuilds"].map { "\(item.int($0) ?? 0)" }
        }
        Console.write(Output.table(["PROJECTION", "POSITION", "LAG", "REBUILDS"], rows))
    }
}
