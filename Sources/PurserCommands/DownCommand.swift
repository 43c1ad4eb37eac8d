import ArgumentParser
import Glibc
import KubeModel

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Stop everything and keep the data.",
        discussion: """
            Containers are stopped too; `purser up` starts them again. With --purge every trace of the instance is \
            removed: processes, mounts, network interfaces, packet rules, control groups, and all data. The system \
            user purser stays.

            EXAMPLES
              purser down
              purser down --purge --data /srv/test
            """)

    @OptionGroup var options: InstanceOptions
    @Flag(help: "Remove the instance with its log, its objects and its images.")
    var purge = false

    func run() async throws {
        try InstanceOptions.requireRoot()
        let progress = Progress(start: .now)
        guard let instance = try Instance.load(options.directory) else {
            // Nothing to stop; the rest of an `up` that failed early goes all the same.
            if purge { try Paths.remove(options.directory) }
            return progress.say("there is no instance in \(options.directory)")
        }
        let lock = try UpCommand.lock(instance.directory)
        defer { close(lock) }
        try await InstanceProcesses(instance: instance).stop()
        progress.say("everything is stopped")
        let removal = InstanceRemoval(instance: instance)
        guard purge else { return MountNamespace(instance: instance).remove() }
        await removal.removeRuntime()
        try removal.removeFiles()
        progress.say("every trace of \(instance.name) is removed")
    }
}
