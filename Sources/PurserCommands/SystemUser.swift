import Glibc
import KubeClient

/// The unprivileged user that the server and the registry of all instances run as.
struct SystemUser {
    /// Tells a user that `up` made from one that an administrator made, which is never removed.
    static let comment = "Purser, made by purser up"

    var name = Instance.systemUser

    /// The user, made where it is not there.
    func make() async throws -> Owner {
        if let owner = Owner.named(name) { return owner }
        try await Program.run([
            "useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin",
            "--comment", Self.comment, name,
        ])
        guard let owner = Owner.named(name) else {
            throw CommandError("the user \(name) could not be made", next: "make it with useradd --system")
        }
        return owner
    }

    /// Removes the user if `up` made it and no process runs as it.
    /// - Returns: whether it was removed.
    func removeIfUnused() async -> Bool {
        guard let entry = getpwnam(name), String(cString: entry.pointee.pw_gecos) == Self.comment else { return false }
        let user = entry.pointee.pw_uid
        let isUsed = ProcessRecord.all().contains { record in
            var status = stat()
            return stat("/proc/\(record.pid)", &status) == 0 && status.st_uid == user
        }
        guard !isUsed else { return false }
        return await Program.succeeds(["userdel", name])
    }
}
