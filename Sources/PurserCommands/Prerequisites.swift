import FoundationEssentials
import Glibc

/// The programs that an instance needs, each with the Debian package that has it.
struct Prerequisites: Sendable, Hashable {
    var initdb: String
    var postgres: String
    var containerd: String
    /// crun where it is installed, runc otherwise: crun starts containers faster.
    var runtime: String
    var registry: String

    static let packages: [(program: String, package: String)] = [
        ("containerd", "containerd"), ("nft", "nftables"), ("ip", "iproute2"), ("docker-registry", "docker-registry"),
        ("skopeo", "skopeo"), ("setpriv", "util-linux"), ("nsenter", "util-linux"), ("unshare", "util-linux"),
        ("useradd", "passwd"),
    ]

    /// Finds everything, or throws with one command that installs what is missing.
    static func check(
        find: (String) -> String? = { Program.find($0) }, exists: (String) -> Bool = Paths.exists,
        postgresDirectories: [String] = installedPostgres()
    ) throws -> Prerequisites {
        var missing = packages.filter { find($0.program) == nil }.map(\.package)
        let initdb = postgresDirectories.lazy.map { "\($0)/initdb" }.first(where: exists) ?? find("initdb")
        let postgres = postgresDirectories.lazy.map { "\($0)/postgres" }.first(where: exists) ?? find("postgres")
        if initdb == nil || postgres == nil { missing.append("postgresql") }
        let runtime = find("crun") ?? find("runc")
        if runtime == nil { missing.append("crun") }
        if !exists("/usr/lib/cni/bridge") { missing.append("containernetworking-plugins") }
        guard missing.isEmpty, let initdb, let postgres, let runtime, let containerd = find("containerd"),
            let registry = find("docker-registry")
        else {
            let list = Set(missing).sorted().joined(separator: " ")
            throw CommandError(
                "this machine lacks: \(list)", next: "apt-get install --no-install-recommends \(list)", status: .failure
            )
        }
        return Prerequisites(
            initdb: initdb, postgres: postgres, containerd: containerd, runtime: runtime, registry: registry)
    }

    /// Debian's directories of PostgreSQL's programs, the newest version first.
    static func installedPostgres() -> [String] {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return versions.compactMap { Int($0) }.sorted(by: >).map { "/usr/lib/postgresql/\($0)/bin" }
    }
}
