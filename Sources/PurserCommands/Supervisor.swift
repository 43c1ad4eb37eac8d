import FoundationEssentials
import Glibc
import KubeClient
import Logging
import ServiceLifecycle
import Subprocess
import SystemPackage

/// Keeps the units of an instance alive: starts them stage by stage, restarts what ends, and at the end stops them in
/// the opposite order.
struct Supervisor: Service {
    let instance: Instance
    let stages: [[ServiceUnit]]
    let logger: Logger

    func run() async throws {
        await stopLeftovers()
        try await run(stages[...])
    }

    /// What a supervisor that was killed left running. Its pods go on.
    private func stopLeftovers() async {
        for unit in stages.joined().reversed() {
            await ProcessRecord.load(instance.processRecord(unit.name))?.stop(
                signal: unit.stopSignal, seconds: unit.stopSeconds)
        }
    }

    private func run(_ rest: ArraySlice<[ServiceUnit]>) async throws {
        guard let stage = rest.first else {
            logger.info("everything runs")
            return try await gracefulShutdown()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for unit in stage where !unit.runsOnce { group.addTask { await keep(unit) } }
            for unit in stage { try await becomeReady(unit) }
            if !Task.isShuttingDownGracefully { try await run(rest.dropFirst()) }
            for unit in stage.reversed() {
                if let command = unit.beforeStop { await finish(command) }
            }
            group.cancelAll()
        }
    }

    private func finish(_ command: [String]) async {
        do {
            try await Program.run(command)
        } catch {
            logger.warning("a command before the stop failed", metadata: ["error": "\(error)"])
        }
    }

    /// Returns at once when the end was asked for meanwhile.
    private func becomeReady(_ unit: ServiceUnit) async throws {
        var pause = Backoff(first: .milliseconds(5), longest: unit.runsOnce ? .seconds(2) : .milliseconds(50))
        while !Task.isShuttingDownGracefully {
            if unit.runsOnce {
                do {
                    try await Program.run(unit.command)
                    break
                } catch {
                    logger.warning("\(unit.name) failed; trying again", metadata: ["error": "\(error)"])
                }
            } else if Readiness.holds(unit.readiness), ProcessRecord.load(instance.processRecord(unit.name)) != nil {
                break
            }
            try await Task.sleep(for: pause.next())
        }
        try? PrivateFile.write("ready\n", to: "\(instance.runDirectory)/\(unit.name).ready", mode: 0o644)
        logger.info("\(unit.name) is ready")
    }

    /// Runs a process again and again until this task is cancelled, which ends the process.
    private func keep(_ unit: ServiceUnit) async {
        var pause = Backoff(first: .milliseconds(100), longest: .seconds(2))
        while !Task.isCancelled {
            await endOrphans(of: unit)
            let started = ContinuousClock.now
            do {
                let status = try await runOnce(unit)
                if !Task.isCancelled { logger.warning("\(unit.name) ended", metadata: ["status": "\(status)"]) }
            } catch {
                logger.error("\(unit.name) could not be started", metadata: ["error": "\(error)"])
            }
            unlink(instance.processRecord(unit.name))
            // What ran for a while is no crash loop.
            if ContinuousClock.now - started > .seconds(30) { pause.reset() }
            if !Task.isCancelled { try? await Task.sleep(for: pause.next()) }
        }
    }

    /// Parts of a PostgreSQL whose first process was killed can hold its memory for a minute, and until they have
    /// ended no other one starts.
    private func endOrphans(of unit: ServiceUnit) async {
        guard case .postmaster = unit.readiness else { return }
        for process in InstanceTraces(directory: instance.directory, instance: instance).databaseProcesses() {
            await process.stop(signal: SIGQUIT, seconds: 1)
        }
    }

    private func runOnce(_ unit: ServiceUnit) async throws -> TerminationStatus {
        let log = try FileDescriptor.open(
            FilePath(instance.log(unit.name)), .writeOnly, options: [.create, .append],
            permissions: FilePermissions(rawValue: 0o640))
        defer { try? log.close() }
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: Signal(rawValue: unit.stopSignal), allowedDurationToNextStep: .seconds(unit.stopSeconds))
        ]
        let result = try await Subprocess.run(
            .path(FilePath(try Program.executable(unit.command))), arguments: .init(Array(unit.command.dropFirst())),
            environment: Program.environment, platformOptions: options, input: .none,
            output: .fileDescriptor(log, closeAfterSpawningProcess: false),
            error: .fileDescriptor(log, closeAfterSpawningProcess: false)
        ) { execution in
            let pid = execution.processIdentifier.value
            try ProcessRecord.running(pid)?.save(instance.processRecord(unit.name))
        }
        return result.terminationStatus
    }
}

/// Looks whether somebody answers.
enum Readiness {
    static func holds(_ readiness: ServiceUnit.Readiness) -> Bool {
        switch readiness {
        case .started: true
        case .socket(let path): connects(path: path)
        case .port(let port): connects(port: port)
        case .postmaster(let path): postmasterIsReady(path)
        }
    }

    /// PostgreSQL writes its state, padded with blanks, into the eighth line.
    private static func postmasterIsReady(_ path: String) -> Bool {
        guard let bytes = try? PrivateFile.read(path) else { return false }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count >= 8 && lines[7].hasPrefix("ready")
    }

    static func connects(port: Int) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return connects(AF_INET, &address)
    }

    private static func connects(path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < capacity else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return connects(AF_UNIX, &address)
    }

    private static func connects<Address>(_ family: Int32, _ address: inout Address) -> Bool {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
            }
        }
    }

    /// The first port from `first` on that nobody has on 127.0.0.1.
    static func freePort(from first: Int, excluding taken: Set<Int> = []) -> Int? {
        (first..<min(first + 200, 65_536)).first { !taken.contains($0) && canBind($0) }
    }

    private static func canBind(_ port: Int) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
