import ArgumentParser
import EventLog
import KubeClient
import KubeModel
import Testing

@testable import PurserCommands

@Suite struct CommandLineTests {
    private func parse<Command: ParsableCommand>(_ type: Command.Type, _ line: String) throws -> Command {
        let words = line.split(separator: " ").map(String.init)
        let command = try PurserCommand.parseAsRoot(words)
        return try #require(command as? Command)
    }

    @Test("options of get mean what kubectl's users expect")
    func get() throws {
        let get = try parse(GetCommand.self, "get pods,svc -n shop -A -l app=web -o wide --at 2h")
        #expect(get.what == ["pods,svc"] && get.cluster.namespace == "shop" && get.allNamespaces)
        #expect(get.labelSelector == "app=web" && get.output == .wide && get.at == "2h")
    }

    @Test("the command of exec stands behind two dashes, whatever it looks like")
    func exec() throws {
        let exec = try parse(ExecCommand.self, "exec web-1 -c app -- ls -l --color")
        #expect(exec.what == "web-1" && exec.container == "app" && exec.command == ["ls", "-l", "--color"])
    }

    @Test("files of apply can be repeated and standard input is a dash")
    func apply() throws {
        #expect(try parse(ApplyCommand.self, "apply -f a.yaml -f -").files.filenames == ["a.yaml", "-"])
    }

    @Test("a selector alone chooses in the namespace of the context")
    func rollbackSelector() throws {
        let rollback = try parse(RollbackCommand.self, "rollback --selector app=web --to 10m")
        #expect(rollback.selector == "app=web" && rollback.cluster.namespace == nil)
    }

    @Test("delete takes files as apply does, directories in directories included")
    func deleteFiles() throws {
        let files = try parse(DeleteCommand.self, "delete -f a -R --filename b.yaml").files
        #expect(files.filenames == ["a", "b.yaml"] && files.recursive)
    }

    @Test("a manifest of another namespace than -n names is refused, by a simulation as by apply")
    func namespaces() throws {
        let options = try parse(WhatIfCommand.self, "what-if -f a.yaml -n shop").cluster
        func pod(_ namespace: String) -> KubeObject { KubeObject(["metadata": ["namespace": .string(namespace)]]) }
        #expect(throws: CommandError.self) { try options.checkNamespace(of: pod("other")) }
        for namespace in ["shop", ""] { try options.checkNamespace(of: pod(namespace)) }
        try parse(WhatIfCommand.self, "what-if -f a.yaml").cluster.checkNamespace(of: pod("other"))
    }

    @Test(
        "contradictory or incomplete lines are refused",
        arguments: [
            "apply", "delete", "get pods -w --at 3", "get", "exec web-1", "scale deployment/web", "up --name UPPER",
            "up --service-cidr 10.96.0.0", "delete -f a.yaml pod web", "scale deployment/web --replicas -1", "nothing",
            "history -f --until 3", "history --limit 0", "diff deployment/web", "diff pod/a --cluster --from 1",
            "get pods --limit 0", "history -f -o yaml", "replay --into d --serve", "replay --with-keys",
            "replay --until 4 --port 7000", "replay --until 4 --serve --port 99999", "archive",
            "archive --before 9 --database x",
            "archive --before 9 --database x --archive a --notes n", "rollback --to 3",
            "rollback --cluster -n shop --to 3",
            "rollback pod/a --selector app=web --to 3",
        ])
    func refusals(_ line: String) async {
        #expect(await PurserCommand.execute(line.split(separator: " ").map(String.init)) == ExitStatus.usage.rawValue)
    }

    @Test("every verb has a page with an abstract, and all but the groups' own show an example")
    func help() {
        func commands(_ type: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
            [type] + type.configuration.subcommands.flatMap(commands)
        }
        let all = PurserCommand.configuration.subcommands.flatMap(commands)
        #expect(all.count > 20)
        let bare = all.filter { $0.configuration.shouldDisplay }
            .filter { $0.configuration.abstract.isEmpty || !$0.helpMessage().contains("EXAMPLE") }
            .map { $0.configuration.commandName ?? "\($0)" }
        #expect(bare == [])
    }

    private let mapping = ResourceMapping(resources: [
        APIResource(name: "pods", kind: "Pod", shortNames: ["po"], categories: ["all"]),
        APIResource(name: "services", kind: "Service", shortNames: ["svc"], categories: ["all"]), .deployments,
    ])

    @Test("objects are named by type and name, by pairs, by lists of types and by category")
    func references() throws {
        func names(_ words: String...) throws -> [String] {
            try ObjectReferences.parse(words, mapping).map { "\($0.resource.name)/\($0.name ?? "*")" }
        }
        #expect(try names("pod", "a", "b") == ["pods/a", "pods/b"])
        #expect(try names("po/a", "svc/b") == ["pods/a", "services/b"])
        #expect(try names("pods,svc") == ["pods/*", "services/*"])
        #expect(try names("all") == ["pods/*", "services/*"])
        #expect(throws: ValidationError.self) { try names("po/a", "b") }
        #expect(throws: CommandError.self) { try names("things") }
    }

    @Test("refusals of the server keep Kubernetes' words and get an exit status of their own")
    func errors() {
        let missing = CommandError(KubeStatus.notFound(.pods, name: "a") as any Error)
        #expect(missing.message == "NotFound: pods \"a\" not found" && missing.status == .notFound)
        // What is asked for may lie in the past.
        #expect(missing.next?.contains("purser get") == true && missing.next?.contains("purser history") == true)
        let stale = CommandError(KubeStatus.staleResourceVersion(.pods, name: "a") as any Error)
        #expect(stale.status == .conflict && stale.next?.hasPrefix("read the object again") == true)
        let taken = CommandError(KubeStatus.conflict(.pods, name: "a", "it exists") as any Error)
        #expect(taken.status == .conflict && taken.next == nil)
        #expect("\(EventLogError.unavailable("no such host"))" == "no such host")
        #expect(CommandError(TransportError.unreachable(server: "s", reason: "r") as any Error).status == .unreachable)
        #expect(CommandError(KubeStatus.unauthorized() as any Error).status == .forbidden)
        #expect(CommandError(KubeStatus.badRequest("x") as any Error).status == .invalid)
    }

    @Test("where an archive file is missing, the next step names what tells where the files are")
    func archiveMissing() {
        let error = CommandError(EventLogError.archiveMissing("file-1 cannot be opened") as any Error)
        #expect(error.message.contains("file-1") && error.status == .unreachable)
        #expect(error.next?.contains("--archive DIRECTORY") == true && error.next?.contains("archiveDirectory") == true)
    }

    @Test("durations are read in seconds, minutes, hours and days")
    func durations() throws {
        #expect(try ["90", "30s", "5m", "2h", "1d"].map(Workload.seconds) == [90, 30, 300, 7200, 86_400])
        #expect(throws: ValidationError.self) { try Workload.seconds("soon") }
    }

    @Test("a kubeconfig that is named must exist; otherwise the first that exists is taken")
    func kubeconfigSources() {
        #expect(throws: FileError.self) { try ClusterOptions.load("/nonexistent/x", environment: { _ in nil }) }
        #expect(throws: CommandError.self) {
            try ClusterOptions.load(nil) { $0 == "PURSER_DATA" ? "/nonexistent" : nil }
        }
    }
}
