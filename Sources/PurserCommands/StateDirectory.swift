import Crypto
import Domain
import FoundationEssentials
import Glibc
import KubeClient
import KubeModel
import KubeYAML

/// A state as files, one an object: to be searched, compared with `diff -r`, kept in git, and applied with kubectl.
///
/// `NAMESPACE/RESOURCE/NAME.yaml`, with `_cluster` for what is in no namespace; `_index`, written last, sums up.
struct StateDirectory {
    let path: String

    static let format = "purser-state/1"
    static let index = "_index"
    private static let clusterScope = "_cluster"
    /// Bytes of a file's name without its ending; file systems take 255.
    private static let longestName = 200

    /// Makes the directory; one that is there must be empty.
    func prepare() throws {
        if mkdir(path, 0o700) == 0 { return }
        guard errno == EEXIST else { throw FileError(path: path, operation: "make the directory") }
        guard let content = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw CommandError(
                "\(path) is there and is no directory that can be read", next: "name a new directory", status: .conflict
            )
        }
        guard content.isEmpty else {
            throw CommandError("\(path) is not empty", next: "name a new directory", status: .conflict)
        }
    }

    /// - Parameter recordedAt: when the state's position was recorded.
    /// - Returns: the number of objects.
    @discardableResult func write(_ state: ClusterState, recordedAt: Timestamp) throws -> Int {
        var counts: JSONObject = [:]
        var made: Set<String> = []
        for resource in state.populatedResources {
            counts[resource.description] = .int(Int64(state.count(resource)))
            try state.forEach(resource) { name, object in
                let scope = name.namespace.isEmpty ? Self.clusterScope : Self.fileName(name.namespace)
                let directory = "\(scope)/\(resource)"
                for folder in [scope, directory] where made.insert(folder).inserted { try makeFolder(folder) }
                try write(Self.text(of: object), to: "\(directory)/\(Self.fileName(name.name)).yaml")
                return true
            }
        }
        let index: JSON = [
            "format": .string(Self.format), "position": .int(state.position),
            "recordedAt": .string(recordedAt.rfc3339Micro), "sha256": .string(state.contentHash().hexadecimal),
            "objects": .object(counts),
        ]
        try write(Output.json(index), to: Self.index)
        return counts.reduce(0) { $0 + Int($1.value.intValue ?? 0) }
    }

    private func makeFolder(_ name: String) throws {
        let folder = "\(path)/\(name)"
        guard mkdir(folder, 0o700) == 0 else { throw FileError(path: folder, operation: "make the directory") }
    }

    private func write(_ text: String, to name: String) throws { try PrivateFile.write(text, to: "\(path)/\(name)") }

    /// What somebody would apply: without the position of its last change and the notes on who manages which field.
    private static func text(of object: StoredObject) throws -> String {
        var json = try JSON(parsing: object.bytes)
        json[["metadata", "managedFields"]] = nil
        return YAML.text(json)
    }

    /// A name as that of a file: what is neither a letter, a digit, a dash nor a dot within it becomes `%` and two
    /// hexadecimal digits, and the end of a very long one becomes `~` and a hash.
    static func fileName(_ name: String) -> String {
        var text = ""
        for (index, byte) in name.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ".") where index > 0: text += "."
            default: text += "%" + [byte].hexadecimal.uppercased()
            }
        }
        guard text.utf8.count > longestName else { return text }
        let hash = Array(SHA256.hash(data: Array(name.utf8))).hexadecimal
        return "\(text.prefix(longestName - 17))~\(hash.prefix(16))"
    }
}
