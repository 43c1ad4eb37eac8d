import ArgumentParser
import Glibc
import KubeClient
import KubeModel

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Start everything on this machine and wait until the node is Ready.",
        discussion: """
            Starts a private PostgreSQL, a private containerd, an image registry, the server and a node agent, under a \
            supervisor that restarts what dies. The server and PostgreSQL run under users without privileges. Where an \
            instance runs already, `up` only waits for it.

            EXAMPLES
              purser up
              purser up --data /srv/test --name test     a second instance, with names and ports of its own
            """)

    @OptionGroup var options: InstanceOptions
    @Option(help: "The instance's name; everything that it makes on the machine is called after it.")
    var name = Instance.defaultName
    @Option(help: "The node's name; the machine's if none is given.")
    var nodeName: String?
    @Option(help: "The API's port on 127.0.0.1; the next free one where it is taken.")
    var port: Int?
    @Option(name: .customLong("service-cidr"), help: "The range of the services' addresses.")
    var serviceCIDR: String?
    @Option(name: .customLong("cluster-cidr"), help: "The range of the pods' addresses.")
    var clusterCIDR: String?
    @OptionGroup var audit: AuditOptions
    @Option(help: ArgumentHelp("Events in a segment of a new instance's log, a power of two.", visibility: .hidden))
    var segmentEvents: Int64?
    @Option(help: "Seconds to wait for the node at most.")
    var timeout: Double = 60

    func validate() throws {
        guard Instance.isValid(name: name) else {
            throw ValidationError("--name must be lower-case letters, digits and dashes, at most 40 characters")
        }
        for range in [serviceCIDR, clusterCIDR].compactMap({ $0 }) where InstanceRanges.range(range) == nil {
            throw ValidationError("\"\(range)\" is no range of 8 to 24 bits; write for instance 10.96.0.0/16")
        }
    }

    func run() async throws {
        try InstanceOptions.requireRoot()
        let clock = ContinuousClock()
        let start = clock.now
        let startTime = Clock.now()
        let progress = Progress(start: start)
        let directory = options.directory
        try Paths.directory(directory)
        let lock = try Self.lock(directory)
        defer { close(lock) }
        let executable = try Self.executable()
        if let instance = try Instance.load(directory), InstanceProcesses(instance: instance).supervisor != nil {
            try refuseChanges(of: instance)
            try audit.refuseChanges(ofRunning: instance)
            progress.say("instance \(instance.name) runs already")
            return try await finish(instance, progress, since: nil)
        }
        let instance = try await prepare(directory, executable: executable, toStart: true).instance
        progress.say("instance \(instance.name) in \(directory): certificates and database are made")
        try await MountNamespace(instance: instance).create()
        try InstanceProcesses(instance: instance).startSupervisor(executable: executable)
        try await finish(instance, progress, since: startTime)
    }

    /// The instance of a directory with all its files: the one that is there, or a new one as the options say.
    /// - Parameter toStart: whether it is started now, so that its addresses must be nobody else's.
    func prepare(_ directory: String, executable: String, toStart: Bool = false) async throws -> InstanceFiles {
        let programs = try Prerequisites.check()
        let register = InstanceRegister()
        let (instance, server) = try await register.exclusively {
            var instance = try Instance.load(directory) ?? plan(directory, beside: register.all())
            try refuseChanges(of: instance)
            if toStart { try instance.refuseTakenRanges(beside: register.all()) }
            try audit.apply(to: &instance)
            try register.add(instance)
            return (instance, try await SystemUser().make())
        }
        let files = InstanceFiles(
            instance: instance, programs: programs, server: server, postgres: try Self.postgresUser(),
            executable: executable)
        try await files.write()
        return files
    }

    /// Only one `up` or `down` at a time works on a directory; the lock ends with its process.
    static func lock(_ directory: String) throws -> Int32 {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path: directory, operation: "open") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw CommandError(
                "another `purser up` or `down` works on \(directory)", next: "wait for it", status: .conflict)
        }
        return descriptor
    }

    /// This program's file.
    static func executable() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { throw FileError(path: "/proc/self/exe", operation: "read") }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The node's name and the ranges are in the objects of an instance that is there already.
    private func refuseChanges(of instance: Instance) throws {
        for (option, asked, set) in [
            ("--node-name", nodeName, instance.nodeName), ("--service-cidr", serviceCIDR, instance.serviceCIDR),
            ("--cluster-cidr", clusterCIDR, instance.clusterCIDR),
        ] {
            guard let asked, asked != set else { continue }
            throw CommandError(
                "the instance in \(instance.directory) was made with \(option) \(set), which cannot be changed",
                next: "leave \(option) out, or make another instance with --data and --name", status: .conflict)
        }
    }

    /// The settings of a new instance: what was asked for, and free ports and ranges.
    func plan(_ directory: String, beside others: [Instance]) throws -> Instance {
        let ranges = try InstanceRanges(name: name, service: serviceCIDR, cluster: clusterCIDR, beside: others)
        let wished = Instance.ports(name: name)
        var taken: Set<Int> = []
        var ports: [Int] = []
        for wanted in [port ?? wished[0]] + wished.dropFirst() {
            guard let free = Readiness.freePort(from: wanted, excluding: taken) else {
                throw CommandError("no port from \(wanted) on is free", next: "choose another one with --port")
            }
            taken.insert(free)
            ports.append(free)
        }
        var instance = Instance(
            name: name, directory: directory, nodeName: nodeName ?? Self.hostName(), apiPort: ports[0],
            registryPort: ports[1], nodePort: ports[2], serviceCIDR: ranges.service.description,
            clusterCIDR: ranges.cluster.description)
        instance.segmentEvents = segmentEvents
        return instance
    }

    /// The machine's name as the name of an object.
    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) | 0x20 }
        let name = String(decoding: bytes, as: UTF8.self)
        return Instance.isValid(name: name) ? name : "node"
    }

    private static func postgresUser() throws -> Owner {
        guard let owner = Owner.named("postgres") else {
            throw CommandError("there is no user postgres", next: "apt-get install postgresql")
        }
        return owner
    }

    /// Shows what becomes ready, and returns when the node is.
    /// - Parameter since: when this start began; nil where the instance ran already.
    private func finish(_ instance: Instance, _ progress: Progress, since: Timestamp?) async throws {
        let waiting = NodeWaiting(instance: instance, progress: progress, since: since)
        try await waiting.wait(seconds: timeout)
        progress.say("node \(instance.nodeName) is Ready")
        Console.line("export KUBECONFIG=\(instance.kubeconfigFile)")
    }
}

/// Lines that say how far a long command has come.
struct Progress {
    let start: ContinuousClock.Instant

    func say(_ text: String) {
        let passed = ContinuousClock.now - start
        let seconds = Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
        Console.note("[\(Output.decimal(seconds, 1)) s] \(text)")
    }
}
