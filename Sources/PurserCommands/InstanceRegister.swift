import FoundationEssentials
import Glibc
import KubeClient
import KubeModel

/// Where every instance of this machine is written down, outside its own directory: so that `down --purge` knows the
/// names of what was made even where the directory is damaged or gone, that two instances never share a name, and that
/// the last one takes the system user along.
struct InstanceRegister {
    static let defaultDirectory = "/var/lib/purser-instances"

    let directory: String

    init(directory: String = defaultDirectory) { self.directory = directory }

    /// Writes an instance down. Throws where another directory's instance has its name.
    func add(_ instance: Instance) throws {
        if let other = all().first(where: { $0.name == instance.name && $0.directory != instance.directory }) {
            throw CommandError(
                "the instance in \(other.directory) is called \(instance.name) too",
                next: "choose another --name, or remove that one with `purser down --purge --data \(other.directory)`",
                status: .conflict)
        }
        var json = instance.json
        json["directory"] = .string(instance.directory)
        try PrivateFile.write(Output.json(json), to: file(instance), mode: 0o644)
    }

    /// Strikes an instance out.
    func remove(_ instance: Instance) { unlink(file(instance)) }

    func all() -> [Instance] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
            let path = "\(directory)/\(name)"
            guard let json = try? ConfigurationReader.read(path), let place = json.string("directory") else {
                return nil
            }
            return try? Instance(ConfigurationReader(json: json, path: path), directory: place)
        }
    }

    func instance(in directory: String) -> Instance? { all().first { $0.directory == directory } }

    private func file(_ instance: Instance) -> String { "\(directory)/\(instance.name).json" }

    /// Runs the body while no other process changes the register or the system user. Afterwards the register's
    /// directory is removed if it is empty.
    func exclusively<Value>(_ body: () async throws -> Value) async throws -> Value {
        let descriptor = try lock()
        defer {
            rmdir(directory)
            close(descriptor)
        }
        return try await body()
    }

    private func lock() throws -> Int32 {
        while true {
            try Paths.directory(directory)
            let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else {
                if errno == ENOENT { continue }
                throw FileError(path: directory, operation: "open")
            }
            var held = stat()
            var named = stat()
            guard flock(descriptor, LOCK_EX) == 0, fstat(descriptor, &held) == 0 else {
                close(descriptor)
                throw FileError(path: directory, operation: "lock")
            }
            // Whoever had the lock before may have removed the directory.
            if stat(directory, &named) == 0, named.st_ino == held.st_ino { return descriptor }
            close(descriptor)
        }
    }
}
