import Crypto
import Glibc
import KubeModel

/// Users by the tokens of a file, as kube-apiserver's `--token-auth-file`: lines of `token,user,uid,"group1,group2"`,
/// the groups optional.
///
/// Only digests of the tokens are kept, and looking one up compares digests, so that neither memory nor time tells
/// anything about a token.
public struct StaticTokens: TokenAuthenticator {
    private let identities: [SHA256.Digest: Identity]

    public func identity(forToken token: String) -> Identity? { identities[Self.digest(token)] }

    /// - Throws: 500 with the number of the faulty line, never its text.
    public init(csv: String) throws(KubeStatus) {
        var identities: [SHA256.Digest: Identity] = [:]
        for (index, line) in csv.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let text = line.trimmingSpaces
            if text.isEmpty || text.hasPrefix("#") { continue }
            let fields = Self.fields(text)
            guard (3...4).contains(fields.count), !fields[0].isEmpty, !fields[1].isEmpty else {
                throw .internalError("line \(index + 1) of the token file is not: token,user,uid,\"group1,group2\"")
            }
            let groups = fields.count > 3 ? fields[3].split(separator: ",").map { String($0.trimmingSpaces) } : []
            identities[Self.digest(fields[0])] = Identity(
                name: fields[1], groups: groups + [Identity.authenticated], uid: fields[2])
        }
        self.identities = identities
    }

    /// Reads the file.
    ///
    /// - Throws: 500 if it cannot be read, or if others than its owner may read it.
    public init(file path: String) throws(KubeStatus) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .internalError("cannot read the token file \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw .internalError("the token file \(path) can be read by others; run chmod 600 \(path)")
        }
        try self.init(csv: String(decoding: Self.contents(descriptor), as: UTF8.self))
    }

    private static func contents(_ descriptor: CInt) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    private static func digest(_ token: String) -> SHA256.Digest { SHA256.hash(data: Array(token.utf8)) }

    /// Splits one line of CSV (RFC 4180).
    static func fields(_ line: some StringProtocol) -> [String] {
        var fields = [""]
        var isQuoted = false
        var previous: Character?
        for character in line {
            switch character {
            case "\"":
                // A doubled quote inside quotes stands for itself.
                if !isQuoted, previous == "\"" { fields[fields.count - 1].append(character) }
                isQuoted.toggle()
            case "," where !isQuoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
            previous = character
        }
        return fields.map { String($0.trimmingSpaces) }
    }
}
