import ArgumentParser
import Glibc

/// The root of the command line.
public struct PurserCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "purser",
        abstract: "A container orchestrator that speaks the Kubernetes API and keeps the books.",
        discussion: """
            Every call becomes an event in a log, and everything else is computed from that log: any past state can be \
            read (--at), any change undone (rollback), and every CPU-second billed (bill).

            GETTING STARTED
              purser up                                  start everything on this machine
              purser apply -f web.yaml                   create or change objects
              purser get pods                            see them
              purser history deployment/web              see who changed what
              purser rollback deployment/web --to 42     take a change back
              purser down                                stop, and keep the data

            WHICH CLUSTER
              --kubeconfig, then $PURSER_KUBECONFIG, then $KUBECONFIG, then the instance under $PURSER_DATA \
            (default /var/lib/purser), then ~/.kube/config.

            EXIT STATUS
              0 done · 1 failure · 2 wrong usage · 3 not found · 4 conflict · 5 server unreachable or not ready ·
              6 not allowed · 7 refused as invalid. `purser exec` ends with the command's own status.
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(
                name: "This machine",
                subcommands: [UpCommand.self, DownCommand.self, StatusCommand.self]),
            CommandGroup(
                name: "Objects",
                subcommands: [
                    ApplyCommand.self, GetCommand.self, DescribeCommand.self, DeleteCommand.self, ScaleCommand.self,
                    RolloutCommand.self,
                ]),
            CommandGroup(
                name: "Containers", subcommands: [LogsCommand.self, ExecCommand.self, TopCommand.self]),
            CommandGroup(
                name: "The books",
                subcommands: Self.pastCommands + [
                    RollbackCommand.self, UndeleteCommand.self, WhatIfCommand.self, WhyCommand.self, BisectCommand.self,
                    BillCommand.self,
                ]
                    + Self.logCommands),
            CommandGroup(
                name: "Parts", subcommands: Self.partCommands + [VersionCommand.self]),
        ])

    public init() {}
}

extension PurserCommand {
    /// Commands that look back.
    static let pastCommands: [any ParsableCommand.Type] = [HistoryCommand.self, DiffCommand.self, TimelineCommand.self]
    /// Commands that open the database themselves.
    static let logCommands: [any ParsableCommand.Type] = [ReplayCommand.self, AuditCommand.self] + keepCommands
    /// What is made of the record for others, and what becomes of it.
    static let keepCommands: [any ParsableCommand.Type] = [
        SubscribeCommand.self, SubscriptionsCommand.self, ProjectionsCommand.self,
        ShredCommand.self, ArchiveCommand.self, BackupCommand.self, RestoreCommand.self,
    ]
    /// The long-running parts; people seldom start them by hand.
    static let partCommands: [any ParsableCommand.Type] = [
        ServerCommand.self, AgentCommand.self, SuperviseCommand.self, MigrateCommand.self, StopPodsCommand.self,
    ]

    /// Runs the command line and says how it ended.
    public static func execute(_ arguments: [String]? = nil) async -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return ExitStatus.success.rawValue
        } catch {
            return report(error)
        }
    }

    /// Shows an error (help and version too, which the parser throws) and turns it into an exit status.
    private static func report(_ error: any Error) -> Int32 {
        switch exitCode(for: error) {
        case .success:
            Console.write(fullMessage(for: error) + "\n")
            return ExitStatus.success.rawValue
        case .validationFailure:
            Console.note(fullMessage(for: error))
            return ExitStatus.usage.rawValue
        case let code where error is ExitCode: return code.rawValue
        default:
            let failure = CommandError(error)
            Console.note("error: \(failure.message)")
            if let next = failure.next { Console.note("next:  \(next)") }
            return failure.status.rawValue
        }
    }
}

/// The terminal: results go to standard output, everything else to standard error.
enum Console {
    static func write(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }
    static func line(_ text: String) { write(text + "\n") }
    static func note(_ text: String) { write(Array((text + "\n").utf8), to: STDERR_FILENO) }

    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            // Nobody reads any more (`purser get pods | head`): there is nothing left to do.
            guard count > 0 else { return }
            written += count
        }
    }

    /// Whether somebody is there to answer.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

    /// Asks a question that only `y` or `yes` affirms.
    static func confirms(_ question: String) -> Bool {
        write(Array("\(question) [y/N] ".utf8), to: STDERR_FILENO)
        let answer = readLine()?.lowercased()
        return answer == "y" || answer == "yes"
    }
}
