import FoundationEssentials
import Glibc
import KubeClient
import KubeModel

/// A process by more than its number, which the kernel may give to another one: with the moment of its start.
struct ProcessRecord: Sendable, Hashable {
    var pid: Int32
    /// In the kernel's ticks since boot (field 22 of `/proc/PID/stat`).
    var startTime: Int64

    /// The process of this number that runs now; nil where there is none, or only its remains.
    static func running(_ pid: Int32) -> ProcessRecord? {
        guard let bytes = try? PrivateFile.read("/proc/\(pid)/stat") else { return nil }
        return parse(String(decoding: bytes, as: UTF8.self), pid: pid)
    }

    /// Reads a line of `/proc/PID/stat`; the name in parentheses may itself hold blanks and parentheses.
    static func parse(_ stat: String, pid: Int32) -> ProcessRecord? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", let start = Int64(fields[19]) else { return nil }
        return ProcessRecord(pid: pid, startTime: start)
    }

    /// Every process that this one sees.
    static func all() -> [ProcessRecord] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap(running)
    }

    var isRunning: Bool { Self.running(pid) == self }

    static func load(_ path: String) -> ProcessRecord? {
        guard let bytes = try? PrivateFile.read(path), let json = try? JSON(parsing: bytes),
            let pid = json.int("pid"), let startTime = json.int("startTime")
        else { return nil }
        return ProcessRecord(pid: Int32(pid), startTime: startTime)
    }

    func save(_ path: String) throws {
        try PrivateFile.write(
            (["pid": .int(Int64(pid)), "startTime": .int(startTime)] as JSON).canonicalBytes, to: path, mode: 0o644)
    }

    /// Asks the process to end, and kills it when it has not after `seconds`. Returns once it is gone.
    func stop(signal: Int32 = SIGTERM, seconds: Int = 10) async {
        guard isRunning else { return }
        kill(pid, signal)
        // One that was halted hears no signal but SIGKILL.
        kill(pid, SIGCONT)
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds)
        while isRunning, clock.now < deadline { try? await Task.sleep(for: .milliseconds(20)) }
        guard isRunning else { return }
        kill(pid, SIGKILL)
        while isRunning { try? await Task.sleep(for: .milliseconds(10)) }
    }
}
