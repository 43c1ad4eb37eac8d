import FoundationEssentials
import Glibc
import KubeClient
import KubeModel
import KubeYAML

/// Objects read from files, with where they came from.
struct Manifest: Hashable {
    var object: JSON
    /// The file, or `standard input`.
    var origin: String
}

enum Manifests {
    /// Reads files, directories (their `.yaml`, `.yml` and `.json` files in order of name) and `-`.
    static func read(_ paths: [String], recursive: Bool = false) throws -> [Manifest] {
        let manifests = try paths.flatMap { try read($0, recursive: recursive) }
        guard !manifests.isEmpty else {
            throw CommandError("no object was found in \(paths.joined(separator: ", "))", status: .usage)
        }
        return manifests
    }

    private static func read(_ path: String, recursive: Bool) throws -> [Manifest] {
        if path == "-" {
            let bytes = try PrivateFile.read(descriptor: STDIN_FILENO, path: "standard input")
            return try parse(bytes, origin: "standard input")
        }
        return try files(path, recursive: recursive).flatMap { try parse(try PrivateFile.read($0), origin: $0) }
    }

    private static func files(_ path: String, recursive: Bool) throws -> [String] {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw CommandError("there is no file \(path)", next: "check the path that -f names", status: .usage)
        }
        guard isDirectory else { return [path] }
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted().flatMap { name -> [String] in
            let entry = "\(path)/\(name)"
            var isNested = false
            _ = FileManager.default.fileExists(atPath: entry, isDirectory: &isNested)
            if isNested { return recursive ? try files(entry, recursive: true) : [] }
            return [".yaml", ".yml", ".json"].contains(where: name.hasSuffix) ? [entry] : []
        }
    }

    /// The objects of one text; Lists are taken apart.
    static func parse(_ bytes: [UInt8], origin: String) throws -> [Manifest] {
        let text = String(decoding: bytes, as: UTF8.self)
        let documents: [JSON]
        do {
            documents = try YAML.documents(text)
        } catch {
            throw CommandError("\(origin): \(error)", next: "correct the YAML and try again", status: .usage)
        }
        return try documents.flatMap { document -> [Manifest] in
            guard document.objectValue != nil else {
                throw CommandError("\(origin): a document is not an object", status: .usage)
            }
            guard let kind = document.string("kind"), document.string("apiVersion") != nil else {
                throw CommandError(
                    "\(origin): an object lacks apiVersion or kind",
                    next: "add both, for example apiVersion: v1, kind: Pod",
                    status: .usage)
            }
            guard kind == "List" || kind.hasSuffix("List") && document["items"] != nil else {
                return [Manifest(object: document, origin: origin)]
            }
            return document.array("items").map { Manifest(object: $0, origin: origin) }
        }
    }
}
