import ArgumentParser
import ControlPlane
import Domain
import EventLog
import KubeModel
import PostgresEventLog

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Rebuild the state from the first event and compare it with the running server's.",
        discussion: """
            Asks the server for the hash of its state and the position that it is of, folds the log in the database from \
            position 1 up to there, and compares. With --until it only rebuilds, and prints the hash at that position.

            EXAMPLES
              purser replay
              purser replay --until 4711

            EXIT STATUS
              0 the states are equal · 1 they differ, or the log contradicts itself.
            """)

    @OptionGroup var options: InstanceOptions
    @OptionGroup var cluster: ClusterOptions
    @Option(help: "A libpq connection string; the instance's database if none is given.")
    var database: String?
    @Option(help: "The position to rebuild to, without comparing.")
    var until: Int64?

    func run() async throws {
        let conninfo = try database ?? ServerConfiguration.load(try options.load().serverFile).database
        let log = PostgresEventLog(conninfo)
        defer { log.close() }
        if let until {
            let (state, seconds) = try await rebuild(log, through: until)
            return report(state, through: until, seconds)
        }
        let answer = try await cluster.connect().purser("GET", "statehash")
        guard let position = answer.int("position"), let expected = answer.string("sha256") else {
            throw CommandError("the server's answer has no position and hash", next: "use a server of this version")
        }
        let (state, seconds) = try await rebuild(log, through: position)
        report(state, through: position, seconds)
        guard state.contentHash().hexadecimal == expected else {
            throw CommandError(
                "the running server's state at position \(position) has the hash \(expected), the rebuilt one another",
                next: "restart the server, which rebuilds its state, and report this as a defect")
        }
        Console.line("the running server has the same state")
    }

    private func rebuild(_ log: PostgresEventLog, through position: Position) async throws -> (ClusterState, Double) {
        let start = ContinuousClock.now
        do {
            let state = try await StateLoader.replay(log, through: position)
            let took = start.duration(to: .now)
            return (state, Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18)
        } catch {
            throw CommandError("the log cannot be replayed: \(error)", next: "run `purser audit verify`")
        }
    }

    private func report(_ state: ClusterState, through position: Position, _ seconds: Double) {
        let milliseconds = Int64((seconds * 1000).rounded())
        Console.line(
            "rebuilt the state at position \(position) in \(milliseconds) ms: \(state.contentHash().hexadecimal)")
    }
}
