import Foundation
import KubeModel
import Testing

/// A whole Purser on this machine: started for the suite, purged after it, whatever the tests did.
struct Cluster: Sendable {
    /// The one of the suite that runs.
    @TaskLocal static var running: Cluster?

    let name: String
    /// Where `purser up` keeps everything.
    let directory: String
    let programs: Programs

    /// The package's directory, links resolved.
    static let repository = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// The programs under test, and the client that judges them.
    struct Programs: Sendable {
        /// The directory of `purser` and `purser-hook`: that of the test bundle.
        let directory: String
        let kubectl: String

        init() throws {
            directory =
                URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
                .deletingLastPathComponent().path
            for name in ["purser", "purser-hook"] {
                guard access("\(directory)/\(name)", X_OK) == 0 else {
                    throw Failure("\(directory)/\(name) is missing: build it with `swift build`")
                }
            }
            kubectl = ProcessInfo.processInfo.environment["PURSER_KUBECTL"] ?? ""
            guard access(kubectl, X_OK) == 0 else {
                throw Failure("set PURSER_KUBECTL to the path of a kubectl, or run tools/test, which fetches one")
            }
            guard geteuid() == 0 else { throw Failure("the tests start containers: run them as root") }
        }
    }

    init(name: String, directory: String? = nil, programs: Programs) {
        self.name = name
        self.programs = programs
        self.directory = directory ?? NSTemporaryDirectory() + name
    }

    /// Images that are made once, of programs of this Debian.
    private static var images: String { "\(repository)/.build/images" }

    /// A shell in the repository where `purser` and `kubectl` are the ones under test and speak to this cluster.
    func shell(kubeconfig: String? = nil) -> Shell {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let kubectl = URL(filePath: programs.kubectl).deletingLastPathComponent().path
        return Shell(environment: [
            "PATH": "\(programs.directory):\(kubectl):\(path):/usr/sbin:/sbin", "PURSER_DATA": directory,
            "INSTANCE": name,
            "KUBECONFIG": kubeconfig ?? "\(directory)/kubeconfig", "KUBECACHEDIR": "\(directory)/kube-cache",
            "SWIFT_BACKTRACE": "enable=no", "E2E": "\(Self.repository)/Tests/EndToEndTests/Manifests",
            "MISSION": "\(Self.repository)/examples", "REPOSITORY": Self.repository,
        ])
    }

    func up(_ options: String = "") async throws {
        try await shell()("purser up --name \(name) \(options)", seconds: 90)
        let shell = shell()
        if access("\(Self.images)/index.json", R_OK) != 0 {
            try await shell(#""$REPOSITORY/tools/images/build" "\#(Self.images)""#, seconds: 180)
        }
        try await shell(
            #""$REPOSITORY/tools/images/publish" "\#(Self.images)" 127.0.0.1:$(jq .registryPort $PURSER_DATA/instance.json)"#,
            seconds: 120)
    }

    /// Removes every trace of it.
    func purge() async throws {
        try await shell()(#"rm -rf "$PURSER_DATA-witness"; purser down --purge"#, seconds: 120)
    }

    /// Runs the body in a namespace of its own, with a shell whose commands mean that namespace.
    func inNamespace(_ namespace: String, _ body: (Shell) async throws -> Void) async throws {
        let file = "\(directory)/kubeconfig-\(namespace)"
        try await shell()(
            """
            cp -p $KUBECONFIG \(file)
            kubectl --kubeconfig \(file) config set-context --current --namespace=\(namespace)
            kubectl create namespace \(namespace)
            """)
        let result: Result<Void, any Error>
        do { result = .success(try await body(shell(kubeconfig: file))) } catch { result = .failure(error) }
        _ = try await shell().run("kubectl delete namespace \(namespace) --wait=false; rm \(file)")
        try result.get()
    }

    /// An address of the mission's manifests, which are of the default instance's services, in this one's range.
    func address(_ address: String) throws -> String {
        guard let settings = FileManager.default.contents(atPath: "\(directory)/instance.json"),
            let range = try JSON(parsing: [UInt8](settings)).string("serviceCIDR")
        else { throw Failure("\(directory)/instance.json has no services' range") }
        return (range.split(separator: ".").prefix(2) + address.split(separator: ".").suffix(2)).joined(separator: ".")
    }

    /// The process of a unit.
    func pid(of unit: String) throws -> Int32 {
        let file = "\(directory)/run/\(unit).pid"
        guard let bytes = FileManager.default.contents(atPath: file),
            let pid = try JSON(parsing: [UInt8](bytes)).int("pid")
        else { throw Failure("\(file) names no process") }
        return Int32(pid)
    }
}

/// Starts a cluster for the whole suite and purges it afterwards.
struct RunningCluster: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        let programs = try Cluster.Programs()
        try await Cluster.purgeDead(programs)
        let cluster = Cluster(name: "e2e-\(getpid())", programs: programs)
        let result: Result<Void, any Error>
        do {
            try await cluster.shell()(#"purser audit witness --init witness.test/w1 --state "$PURSER_DATA-witness""#)
            try await cluster.up(
                #"--segment-events \#(EndToEnd.Archive.segmentEvents) --witness "$PURSER_DATA-witness/witness.vkey""#
            )
            try await Cluster.$running.withValue(cluster, operation: body)
            result = .success(())
        } catch { result = .failure(error) }
        try await cluster.purge()
        try result.get()
        #expect(try await cluster.traces() == [])
    }
}

extension Trait where Self == RunningCluster {
    static var runningCluster: Self { Self() }
}

extension Cluster {
    /// Removes the instances of tests whose process was killed: they are called after its number.
    static func purgeDead(_ programs: Programs) async throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/var/lib/purser-instances")) ?? []
        for name in names {
            guard let match = name.wholeMatch(of: /e2e[a-z]?-(\d+)\.json/), let owner = pid_t(match.1),
                kill(owner, 0) != 0,
                let bytes = FileManager.default.contents(atPath: "/var/lib/purser-instances/\(name)"),
                let directory = try JSON(parsing: [UInt8](bytes)).string("directory")
            else { continue }
            let dead = Cluster(name: String(name.dropLast(".json".count)), directory: directory, programs: programs)
            try await dead.purge()
        }
    }

    /// What of this instance is still on the machine.
    func traces() async throws -> [String] {
        let tag = try await shell()(
            """
            pgrep -af -- "$PURSER_DATA"
            grep -F "$PURSER_DATA" /proc/mounts
            ls /sys/class/net | grep -F "$INSTANCE"
            ls /run/netns 2>/dev/null | grep -F "$INSTANCE"
            nft list tables | grep -F "purser-$INSTANCE"
            find /sys/fs/cgroup -maxdepth 2 -name "purser-$INSTANCE"
            ls -d "$PURSER_DATA" 2>/dev/null
            true
            """)
        return tag.lines.map(String.init)
    }
}

/// Every end-to-end test: they share one cluster and take turns.
@Suite("Purser, end to end", .serialized, .runningCluster) struct EndToEnd {
    /// The suite's cluster.
    static var cluster: Cluster {
        get throws {
            guard let cluster = Cluster.running else { throw Failure("the suite's cluster does not run") }
            return cluster
        }
    }
}
