import ArgumentParser
import Glibc

/// Which instance on this machine a command is about.
struct InstanceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The instance's directory; $PURSER_DATA, or \(Instance.defaultDirectory).", valueName: "directory"))
    var data: String?

    var directory: String {
        Paths.absolute(data ?? ClusterOptions.environment("PURSER_DATA") ?? Instance.defaultDirectory)
    }

    func load() throws -> Instance {
        guard let instance = try Instance.load(directory) else {
            throw CommandError(
                "there is no instance in \(directory)", next: "make one with `purser up`", status: .notFound)
        }
        return instance
    }

    static func requireRoot() throws {
        guard geteuid() == 0 else {
            throw CommandError(
                "this needs root: it starts containers and sets up networks", next: "run it with sudo",
                status: .forbidden)
        }
    }
}
