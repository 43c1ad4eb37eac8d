import FoundationEssentials
import Glibc
import KubeClient

/// Files and directories of an instance.
enum Paths {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a directory, and those above it, with a mode and an owner.
    static func directory(_ path: String, mode: mode_t = 0o755, owner: Owner? = nil) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandError("cannot make the directory \(path): \(error)", next: "run this as root")
        }
        guard chmod(path, mode) == 0 else { throw FileError(path: path, operation: "set the mode of") }
        try own(path, owner)
    }

    static func own(_ path: String, _ owner: Owner?) throws {
        guard let owner else { return }
        guard chown(path, owner.user, owner.group) == 0 else {
            throw FileError(path: path, operation: "change the owner of")
        }
    }

    static func write(_ bytes: [UInt8], to path: String, mode: mode_t, owner: Owner? = nil) throws {
        try PrivateFile.write(bytes, to: path, mode: mode)
        try own(path, owner)
    }

    /// A path that does not depend on the working directory, without `.`, `..`, doubled slashes or, where it exists,
    /// symbolic links: as the kernel lists mounts.
    static func absolute(_ path: String) -> String {
        let full = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        var resolved = "/"
        for part in full.split(separator: "/") where part != "." {
            let next = part == ".." ? parent(resolved) : resolved == "/" ? "/\(part)" : "\(resolved)/\(part)"
            resolved = real(next) ?? next
        }
        return resolved
    }

    private static func parent(_ path: String) -> String {
        let parent = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        return parent.isEmpty ? "/" : String(parent)
    }

    private static func real(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    static func remove(_ path: String) throws {
        guard exists(path) else { return }
        try FileManager.default.removeItem(atPath: path)
    }

    /// Removes a tree as far as the system lets it, and never what is mounted in it.
    /// - Returns: what could not be removed.
    static func removeTree(_ path: String) -> [FileError] {
        removeTree(path, mounted: MountNamespace.mountPoints())
    }

    private static func removeTree(_ path: String, mounted: Set<String>) -> [FileError] {
        guard !mounted.contains(path) else { return [FileError(path: path, operation: "remove", code: EBUSY)] }
        var status = stat()
        guard lstat(path, &status) == 0 else { return [] }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return unlink(path) == 0 || errno == ENOENT ? [] : [FileError(path: path, operation: "remove")]
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let faults = names.flatMap { removeTree("\(path)/\($0)", mounted: mounted) }
        guard faults.isEmpty, rmdir(path) != 0, errno != ENOENT else { return faults }
        return [FileError(path: path, operation: "remove")]
    }
}

/// Whom a file or a process belongs to.
struct Owner: Sendable, Hashable {
    var user: uid_t
    var group: gid_t

    /// Nil where there is no such user.
    static func named(_ name: String) -> Owner? {
        guard let entry = getpwnam(name) else { return nil }
        return Owner(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    /// What runs a command as this user, without any other group.
    var prefix: [String] { ["setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups", "--"] }
}
