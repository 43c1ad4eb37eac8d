import Glibc

/// A directory of files that change all at once.
///
/// The files are in a directory with a name of its own; `..data` is a link to it, and each file's first path
/// component in the volume is a link through `..data`. Replacing that one link replaces everything, so a reader
/// never sees some files old and some new. Containers and tools know this layout from Kubernetes.
struct ProjectedDirectory {
    let path: String
    let group: UInt32?

    func write(_ files: [ProjectedFile]) throws {
        try files.forEach(Self.check)
        let old = Files.list(path).filter { $0.hasPrefix("..") && $0 != "..data" && $0 != "..data_new" }
        if try holds(files) { return }
        let new = unusedName(old)
        try fill("\(path)/\(new)", with: files)
        try point("..data", to: new)
        let names = Set(files.compactMap { $0.path.split(separator: "/").first.map(String.init) })
        for name in names where !Files.exists("\(path)/\(name)") { try point(name, to: "..data/\(name)") }
        for name in Files.list(path) where !name.hasPrefix("..") && !names.contains(name) {
            try Files.removeTree("\(path)/\(name)")
        }
        for name in old { try Files.removeTree("\(path)/\(name)") }
    }

    private static func check(_ file: ProjectedFile) throws {
        let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { ["", ".", ".."].contains($0) }), parts.first?.hasPrefix("..") == false else {
            throw NodeError(.invalid, "the path \(file.path) of a volume's file must be relative and without ..")
        }
    }

    private func unusedName(_ taken: [String]) -> String {
        var number = 1
        while taken.contains("..\(number)") { number += 1 }
        return "..\(number)"
    }

    /// Whether exactly these files are there already, so that nothing needs to be replaced.
    private func holds(_ files: [ProjectedFile]) throws -> Bool {
        guard Files.exists("\(path)/..data") else { return false }
        let present = Self.paths(in: "\(path)/..data", prefix: "")
        guard Set(present) == Set(files.map(\.path)), present.count == files.count else { return false }
        for file in files {
            let at = "\(path)/..data/\(file.path)"
            var status = stat()
            guard stat(at, &status) == 0, status.st_mode & 0o7777 == file.mode, try Files.read(at) == file.content
            else { return false }
        }
        return true
    }

    private static func paths(in directory: String, prefix: String) -> [String] {
        Files.list(directory).flatMap { name in
            let at = "\(directory)/\(name)"
            return Files.isDirectory(at) ? paths(in: at, prefix: "\(prefix)\(name)/") : ["\(prefix)\(name)"]
        }
    }

    private func fill(_ directory: String, with files: [ProjectedFile]) throws {
        try Files.removeTree(directory)
        try Files.makeDirectory(directory)
        for file in files {
            let at = "\(directory)/\(file.path)"
            if let slash = file.path.lastIndex(of: "/") {
                try Files.makeDirectory("\(directory)/\(file.path[..<slash])")
            }
            try Files.write(file.content, to: at, mode: file.mode)
            if let group, chown(at, uid_t.max, group) != 0 {
                throw NodeError.system("cannot give \(at) to the group \(group)")
            }
        }
    }

    /// Makes or replaces a link in one step.
    private func point(_ name: String, to target: String) throws {
        let temporary = "\(path)/..data_new"
        unlink(temporary)
        guard symlink(target, temporary) == 0, rename(temporary, "\(path)/\(name)") == 0 else {
            throw NodeError.system("cannot link \(path)/\(name)")
        }
    }
}
