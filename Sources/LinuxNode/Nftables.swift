import CLinux
import Glibc

/// The kernel's packet filter through libnftables, in the calling thread's network namespace.
public struct Nftables: PacketFilter {
    public init() {}

    public func apply(_ script: String) throws {
        _ = try run(script, what: "the packet filter refused the rules")
    }

    public func list(table: String, family: String) throws -> String? {
        do {
            return try run("list table \(family) \(table)", what: "cannot list the table \(family) \(table)")
        } catch let error as NodeError where error.code == .notFound {
            return nil
        }
    }

    public func delete(table: String, family: String) throws {
        // Adding first makes deleting what is not there no error.
        _ = try run(
            "add table \(family) \(table)\ndelete table \(family) \(table)",
            what: "cannot delete the table \(family) \(table)")
    }

    private func run(_ commands: String, what: String) throws -> String {
        let answer = purser_nft(commands)
        let output = Self.take(answer.output)
        let error = Self.take(answer.error)
        if answer.result == 0 { return output ?? "" }
        guard answer.result != -ENOSYS else {
            throw NodeError(.unsupported, "libnftables is missing: apt-get install libnftables1")
        }
        let text = error ?? String(cString: strerror(-answer.result))
        let missing = text.contains("No such file or directory")
        throw NodeError(missing ? .notFound : .invalid, "\(what): \(text)")
    }

    /// A text that the C side handed over.
    private static func take(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
