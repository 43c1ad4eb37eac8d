import KubeModel

/// One process that the supervisor keeps alive, or one command that it runs to its end.
struct ServiceUnit: Sendable, Hashable {
    /// When others may count on it.
    enum Readiness: Sendable, Hashable {
        /// Somebody listens on a unix socket.
        case socket(String)
        /// Somebody listens on a port of 127.0.0.1.
        case port(Int)
        /// PostgreSQL's own statement, in the last line of its `postmaster.pid`.
        case postmaster(String)
        case started
    }

    var name: String
    var command: [String]
    var readiness: Readiness = .started
    /// Asks for the end; SIGKILL follows after `stopSeconds`.
    var stopSignal: Int32 = 15
    var stopSeconds: Int = 10
    /// Run to its end before the process is asked to end.
    var beforeStop: [String]?
    /// Runs once at start; what comes after waits for it.
    var runsOnce = false
}

extension ServiceUnit {
    init(json: JSON) throws(CommandError) {
        guard let name = json.string("name"), !json.array("command").isEmpty else {
            throw CommandError("a unit lacks its name or command", next: "write the file again with `purser up`")
        }
        self.init(name: name, command: json.array("command").compactMap(\.stringValue))
        switch json.object("readiness").first.map({ ($0.key, $0.value) }) {
        case ("socket", .string(let path))?: readiness = .socket(path)
        case ("port", .int(let port))?: readiness = .port(Int(port))
        case ("postmaster", .string(let path))?: readiness = .postmaster(path)
        default: readiness = .started
        }
        stopSignal = Int32(json.int("stopSignal") ?? 15)
        stopSeconds = Int(json.int("stopSeconds") ?? 10)
        beforeStop = json["beforeStop"]?.arrayValue?.compactMap(\.stringValue)
        runsOnce = json.bool("runsOnce") ?? false
    }

    var json: JSON {
        func strings(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }
        var json: JSON = [
            "name": .string(name), "command": strings(command), "stopSignal": .int(Int64(stopSignal)),
            "stopSeconds": .int(Int64(stopSeconds)), "runsOnce": .bool(runsOnce),
        ]
        switch readiness {
        case .socket(let path): json["readiness"] = ["socket": .string(path)]
        case .port(let port): json["readiness"] = ["port": .int(Int64(port))]
        case .postmaster(let path): json["readiness"] = ["postmaster": .string(path)]
        case .started: break
        }
        json["beforeStop"] = beforeStop.map(strings)
        return json
    }

    /// The units of an instance in stages: each stage starts when the one before it is ready, and ends before it.
    static func stages(
        _ instance: Instance, _ programs: Prerequisites, executable: String, server: Owner, postgres: Owner,
        containerdCommand: [String]
    ) -> [[ServiceUnit]] {
        let inNamespace = ["nsenter", "--mount=\(instance.mountNamespaceFile)", "--"]
        let postmaster = ServiceUnit(
            name: "postgres", command: postgres.prefix + [programs.postgres, "-D", instance.postgresDirectory],
            readiness: .postmaster("\(instance.postgresDirectory)/postmaster.pid"), stopSignal: 2, stopSeconds: 30)
        let containerd = ServiceUnit(
            name: "containerd", command: inNamespace + containerdCommand, readiness: .socket(instance.containerdSocket),
            stopSeconds: 20, beforeStop: [executable, "stop-pods", "--socket", instance.containerdSocket])
        let registry = ServiceUnit(
            name: "registry", command: server.prefix + [programs.registry, "serve", instance.registryFile],
            readiness: .port(instance.registryPort))
        let migrate = ServiceUnit(
            name: "migrate",
            command: [executable, "migrate", "--database", instance.database(role: "postgres")]
                + (instance.segmentEvents.map { ["--segment-events", "\($0)"] } ?? []),
            runsOnce: true)
        let api = ServiceUnit(
            name: "server", command: server.prefix + [executable, "server", "--config", instance.serverFile],
            readiness: .port(instance.apiPort), stopSeconds: 20)
        let agent = ServiceUnit(
            name: "agent", command: inNamespace + [executable, "agent", "--config", instance.agentFile], stopSeconds: 20
        )
        return [[postmaster, containerd, registry], [migrate], [api], [agent]]
    }
}
