import Glibc
import KubeClient
import KubeModel

/// What the machine says of itself.
struct MachineFacts: Sendable, Hashable {
    var cores: Int64
    var memoryBytes: Int64
    var memoryAvailableBytes: Int64
    var diskBytes: Int64
    var diskAvailableBytes: Int64
    var kernel: String
    var osImage: String
    var architecture: String
    var machineID: String

    /// - Parameter directory: on the file system that holds the pods' volumes.
    static func read(directory: String) -> MachineFacts {
        let memory = lines("/proc/meminfo", separator: ":")
        func bytes(_ name: String) -> Int64 {
            memory[name].flatMap { $0.split(separator: " ").first }.flatMap { Int64($0) }.map { $0 * 1024 } ?? 0
        }
        var disk = statvfs()
        statvfs(directory, &disk)
        let block = Int64(disk.f_frsize)
        let (kernel, machine) = system()
        let osImage = lines("/etc/os-release", separator: "=")["PRETTY_NAME"] ?? "Linux"
        return MachineFacts(
            cores: Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN))), memoryBytes: bytes("MemTotal"),
            memoryAvailableBytes: bytes("MemAvailable"), diskBytes: Int64(disk.f_blocks) * block,
            diskAvailableBytes: Int64(disk.f_bavail) * block, kernel: kernel,
            osImage: String(osImage.filter { $0 != "\"" }), architecture: machine == "aarch64" ? "arm64" : "amd64",
            machineID: first("/etc/machine-id"))
    }

    private static func system() -> (kernel: String, machine: String) {
        var names = utsname()
        uname(&names)
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return (text(names.release), text(names.machine))
    }

    private static func first(_ path: String) -> String {
        let text = (try? PrivateFile.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return String(text.prefix { $0 != "\n" })
    }

    private static func lines(_ path: String, separator: Character) -> [String: String] {
        let text = (try? PrivateFile.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").reduce(into: [:]) { map, line in
            let parts = line.split(separator: separator, maxSplits: 1)
            if parts.count == 2 { map[String(parts[0])] = String(parts[1].drop { $0 == " " }) }
        }
    }
}
