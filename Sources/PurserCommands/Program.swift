import Glibc
import Subprocess

/// Other programs, run to their end.
enum Program {
    /// Where programs are looked for: administrators' directories too, whatever the caller's PATH.
    static let searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

    /// The path of a program; nil where it is not installed.
    static func find(_ name: String, in directories: [String] = searchPath) -> String? {
        if name.hasPrefix("/") { return access(name, X_OK) == 0 ? name : nil }
        return directories.lazy.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    static var environment: Environment {
        .custom([
            "PATH": searchPath.joined(separator: ":"), "LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no",
            "HOME": "/root",
        ])
    }

    static func executable(_ command: [String]) throws -> String {
        guard let name = command.first, let path = find(name) else {
            throw CommandError(
                "the program \(command.first ?? "") is not installed", next: "see `purser up` for what to install")
        }
        return path
    }

    /// Runs a command and returns what it wrote; throws with its last words where it fails.
    /// - Parameter input: what the command reads from its standard input.
    @discardableResult
    static func run(_ command: [String], input: String = "") async throws -> String {
        let path = try executable(command)
        let result = try await Subprocess.run(
            .path(.init(path)), arguments: .init(Array(command.dropFirst())), environment: environment,
            input: .string(input), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        guard case .exited(0) = result.terminationStatus else {
            let words = result.standardError.split(separator: "\n").suffix(5).joined(separator: "\n")
            throw CommandError("`\(command.joined(separator: " "))` failed (\(result.terminationStatus)): \(words)")
        }
        return result.standardOutput
    }

    /// Whether a command ends well; its words do not matter.
    static func succeeds(_ command: [String]) async -> Bool { (try? await run(command)) != nil }
}
