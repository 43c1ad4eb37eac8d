import Glibc
import KubeClient
import KubeModel

/// Starts and ends an instance's processes, each by its own recorded number.
struct InstanceProcesses {
    let instance: Instance

    var supervisor: ProcessRecord? {
        ProcessRecord.load(instance.processRecord("supervisor")).flatMap { $0.isRunning ? $0 : nil }
    }

    func stages() throws -> [[ServiceUnit]] {
        guard Paths.exists(instance.unitsFile) else { return [] }
        return try ConfigurationReader.read(instance.unitsFile).array("stages").map { stage in
            try (stage.arrayValue ?? []).map { try ServiceUnit(json: $0) }
        }
    }

    /// Starts the supervisor in a session of its own, so that it outlives the caller.
    func startSupervisor(executable: String) throws {
        for unit in try stages().joined() { unlink("\(instance.runDirectory)/\(unit.name).ready") }
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, instance.log("supervisor"), O_WRONLY | O_CREAT | O_APPEND, 0o640)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        // POSIX_SPAWN_SETSID, which the C library defines as a macro.
        posix_spawnattr_setflags(&attributes, 0x80)
        let words = [executable, "supervise", "--data", instance.directory]
        let environment = [
            "PATH=\(Program.searchPath.joined(separator: ":"))", "SWIFT_BACKTRACE=enable=no", "LC_ALL=C.UTF-8",
        ]
        var pid = pid_t()
        let code = Self.withCStrings(words) { arguments in
            Self.withCStrings(environment) { posix_spawn(&pid, executable, &actions, &attributes, arguments, $0) }
        }
        guard code == 0 else { throw FileError(path: executable, operation: "start", code: code) }
    }

    private static func withCStrings<Result>(
        _ words: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = words.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }

    /// Ends everything: through the supervisor where it runs, otherwise what it left, in the opposite order of start.
    func stop() async throws {
        let units = try stages().joined().reversed()
        if let supervisor {
            let seconds = units.reduce(30) { $0 + $1.stopSeconds }
            await supervisor.stop(seconds: seconds)
        }
        for unit in units {
            guard let record = ProcessRecord.load(instance.processRecord(unit.name)), record.isRunning else { continue }
            if let command = unit.beforeStop { _ = await Program.succeeds(command) }
            await record.stop(signal: unit.stopSignal, seconds: unit.stopSeconds)
        }
        await stopShims()
    }

    /// containerd's shims outlive it; with their containers gone they have nothing left to do. They are known by the
    /// socket that they were started for.
    private func stopShims() async {
        for record in ProcessRecord.all() {
            guard let bytes = try? PrivateFile.read("/proc/\(record.pid)/cmdline") else { continue }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard words.first?.contains("containerd-shim") == true, words.contains(instance.containerdSocket) else {
                continue
            }
            await record.stop(seconds: 2)
        }
    }
}
