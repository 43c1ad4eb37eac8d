import ArgumentParser
import FoundationEssentials
import Glibc
import KubeModel

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Stop everything and keep the data.",
        discussion: """
            Containers are stopped too, and the instance's addresses are free for others; `purser up` starts it all \
            again. With --purge every trace of the instance is \
            removed: processes, mounts, network interfaces, packet rules, control groups, and all data; with the \
            machine's last instance the system user purser too, if `purser up` made it. A purge goes on from whatever \
            it finds, names what it could not remove, and can be repeated.

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
        let directory = options.directory
        let lock = Paths.exists(directory) ? try UpCommand.lock(directory) : nil
        defer { if let lock { close(lock) } }
        let register = InstanceRegister()
        let instance = try known(directory, register, progress)
        let traces = InstanceTraces(directory: directory, instance: instance)
        guard await !traces.descriptions().isEmpty || instance != nil else {
            return progress.say("there is no instance in \(directory)" + (purge ? ", and no trace of one" : ""))
        }
        if purge { try Self.requireOwn(directory, instance) }
        if let instance {
            try await stop(instance, traces)
            progress.say("everything is stopped")
        }
        guard purge else { return }
        let left = await InstanceRemoval(traces: traces).remove()
        guard left.isEmpty else {
            throw CommandError(
                "this could not be removed:\n  " + left.joined(separator: "\n  "),
                next: "free it and run `purser down --purge --data \(directory)` again")
        }
        try await strikeOut(instance, register, progress)
        progress.say("every trace of \(instance?.name ?? directory) is removed")
    }

    /// The instance of a directory, by its own file or, where that is damaged or gone, by the register.
    private func known(_ directory: String, _ register: InstanceRegister, _ progress: Progress) throws -> Instance? {
        do {
            if let instance = try Instance.load(directory) { return instance }
        } catch  where purge {
            progress.say("\(CommandError(error).message): going on without it")
        }
        return register.instance(in: directory)
    }

    /// A purge never takes a directory that holds anything else.
    private static func requireOwn(_ directory: String, _ instance: Instance?) throws {
        guard instance == nil, Paths.exists(directory) else { return }
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        guard let foreign = names.sorted().first(where: { !Instance.members.contains($0) }) else { return }
        throw CommandError(
            "\(directory) is not an instance's directory: it holds \(foreign)", next: "name the right one with --data",
            status: .usage)
    }

    /// Without --purge too, nothing of the instance runs afterwards, whoever was killed before, and its addresses are
    /// free: for an instance that is restored from its backup, for one.
    private func stop(_ instance: Instance, _ traces: InstanceTraces) async throws {
        do {
            try await InstanceProcesses(instance: instance).stop()
        } catch  where purge {
            // The list of units is damaged: what runs is found without it.
        }
        let removal = InstanceRemoval(traces: traces)
        await removal.endProcesses()
        await removal.removeNetwork()
        MountNamespace(instance: instance).remove()
    }

    private func strikeOut(_ instance: Instance?, _ register: InstanceRegister, _ progress: Progress) async throws {
        try await register.exclusively {
            if let instance { register.remove(instance) }
            guard register.all().isEmpty, await SystemUser().removeIfUnused() else { return }
            progress.say("the system user \(Instance.systemUser), which `purser up` had made, is removed too")
        }
    }
}
