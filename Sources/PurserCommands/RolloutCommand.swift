import ArgumentParser
import KubeClient
import KubeModel

struct RolloutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout", abstract: "Follow and steer the rollout of a Deployment.",
        discussion: """
            EXAMPLES
              purser rollout status deployment/web
              purser rollout promote deployment/web     switch traffic to the new side of a blue-green rollout
              purser rollout abort deployment/web       give the new side up
              purser rollout undo deployment/web --to-revision 2
            """,
        subcommands: [
            RolloutStatusCommand.self, RolloutHistoryCommand.self, RolloutUndoCommand.self, RolloutPromoteCommand.self,
            RolloutAbortCommand.self, RolloutPauseCommand.self, RolloutResumeCommand.self, RolloutRestartCommand.self,
        ])
}

/// The Deployment that a rollout command is about.
struct RolloutTarget: ParsableArguments {
    @Argument(help: ArgumentHelp("deployment/NAME", valueName: "what"))
    var what: [String]
    @OptionGroup var cluster: ClusterOptions

    /// A name alone is a Deployment's.
    func resolve() throws -> (session: Session, name: String) {
        let session = try cluster.connect()
        let mapping = ResourceMapping(resources: [.deployments])
        let words = what.count == 1 && what.first?.contains("/") == false ? ["deployments"] + what : what
        return (session, try ObjectReferences.single(words, mapping).name)
    }

    /// Changes the Deployment and says so.
    func patch(_ patch: JSON, done: String) async throws {
        let (session, name) = try resolve()
        try await session.patchDeployment(name, patch)
        Console.line("deployment.apps/\(name) \(done)")
    }
}

extension Session {
    func deployment(_ name: String) async throws -> KubeObject {
        try await client.get(.deployments, namespace: namespace, name: name)
    }

    /// The ReplicaSets of a Deployment, by falling revision.
    func replicaSets(of deployment: KubeObject) async throws -> [KubeObject] {
        try await client.list(.replicaSets, namespace: namespace).items
            .filter { $0.controller?.uid == deployment.uid }
            .sorted { Rollout.revision($0) > Rollout.revision($1) }
    }

    func patchDeployment(_ name: String, _ patch: JSON) async throws {
        _ = try await client.patch(.deployments, namespace: namespace, name: name, patch)
    }
}

/// What a Deployment's status says about its rollout.
enum Rollout {
    static let revisionAnnotation = "deployment.kubernetes.io/revision"

    static func revision(_ object: KubeObject) -> Int64 {
        object.annotations[revisionAnnotation].flatMap { Int64($0) } ?? 0
    }

    enum State: Hashable {
        case running(String)
        case complete(String)
        case failed(String)
    }

    static func state(_ deployment: KubeObject) -> State {
        let name = "deployment \"\(deployment.name)\""
        if deployment.status.int("observedGeneration") ?? 0 < deployment.generation {
            return .running("waiting for the change of \(name) to be seen")
        }
        if let progressing = deployment.condition("Progressing"),
            progressing.string("reason") == "ProgressDeadlineExceeded"
        {
            return .failed("\(name) exceeded its progress deadline: \(progressing.string("message") ?? "")")
        }
        if deployment.spec.string("strategy", "type") == "BlueGreen" { return blueGreen(deployment, name) }
        return replicas(deployment, name)
    }

    private static func blueGreen(_ deployment: KubeObject, _ name: String) -> State {
        let side = deployment.status["blueGreen"] ?? [:]
        let message = side.string("message").map { ": \($0)" } ?? ""
        switch side.string("phase") {
        case "Stable"?:
            guard case .complete = replicas(deployment, name) else { return replicas(deployment, name) }
            return .complete("\(name) serves \(side.string("activeHash") ?? "")")
        case "AwaitingPromotion"?:
            return .running(
                "green \(side.string("previewHash") ?? "") of \(name) is ready and waits for `purser rollout promote`")
        case "Refused"?: return .failed("the rollout of \(name) was refused\(message)")
        case "Aborted"?: return .failed("the rollout of \(name) was aborted\(message)")
        case let phase?: return .running("\(name) is \(phase.lowercased())\(message)")
        case nil: return .running("waiting for \(name) to start")
        }
    }

    private static func replicas(_ deployment: KubeObject, _ name: String) -> State {
        let wanted = deployment.spec.int("replicas") ?? 1
        let updated = deployment.status.int("updatedReplicas") ?? 0
        let total = deployment.status.int("replicas") ?? 0
        let available = deployment.status.int("availableReplicas") ?? 0
        if updated < wanted { return .running("\(updated) of \(wanted) new replicas of \(name) have been made") }
        if total > updated { return .running("\(total - updated) old replicas of \(name) wait for their end") }
        if available < updated { return .running("\(available) of \(updated) replicas of \(name) are available") }
        return .complete("\(name) is rolled out")
    }
}

struct RolloutStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Follow a rollout to its end.",
        discussion: "EXAMPLE\n  purser rollout status deployment/web --timeout 60")

    @OptionGroup var target: RolloutTarget
    @Flag(inversion: .prefixedNo, help: "Wait for the end.")
    var watch = true
    @Option(help: "Seconds to wait at most; 0 waits for ever.")
    var timeout: Double = 0

    func run() async throws {
        let (session, name) = try target.resolve()
        guard watch, timeout > 0 else { return try await follow(session, name) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await follow(session, name) }
            group.addTask {
                try await Task.sleep(for: .seconds(timeout))
                throw CommandError(
                    "the rollout did not end within \(Output.decimal(timeout, 0)) s",
                    next: "see `purser describe deployment/\(name)` and `purser get pods`")
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Reads the Deployment and then its changes; every new message is shown once.
    private func follow(_ session: Session, _ name: String) async throws {
        var deployment = try await session.deployment(name)
        var shown = ""
        if try show(deployment, &shown) || !watch { return }
        while true {
            let stream = try await session.client.watch(
                .deployments, namespace: session.namespace, fieldSelector: "metadata.name=\(name)",
                resourceVersion: deployment.resourceVersion)
            for try await event in stream where event.kind != .bookmark {
                if event.kind == .deleted {
                    throw CommandError("deployment \"\(name)\" was deleted", status: .notFound)
                }
                deployment = event.object
                if try show(deployment, &shown) { return }
            }
        }
    }

    /// Whether the rollout is over.
    private func show(_ deployment: KubeObject, _ shown: inout String) throws -> Bool {
        let state = Rollout.state(deployment)
        switch state {
        case .running(let text), .complete(let text):
            if text != shown { Console.line(text) }
            shown = text
        case .failed(let text): throw CommandError(text, next: "see `purser describe deployment/\(deployment.name)`")
        }
        if case .complete = state { return true }
        return false
    }
}

struct RolloutHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the revisions of a Deployment that can be undone to.",
        discussion: "EXAMPLE\n  purser rollout history deployment/web\nSee `purser history` for every event.")

    @OptionGroup var target: RolloutTarget

    func run() async throws {
        let (session, name) = try target.resolve()
        let sets = try await session.replicaSets(of: try await session.deployment(name))
        let rows = sets.reversed().map { set in
            let images = set.spec.array("template", "spec", "containers").compactMap { $0.string("image") }
            return [
                "\(Rollout.revision(set))", set.name, "\(set.spec.int("replicas") ?? 0)", images.joined(separator: ","),
                set.annotations["kubernetes.io/change-cause"] ?? "<none>",
            ]
        }
        Console.write(Output.table(["REVISION", "REPLICASET", "REPLICAS", "IMAGES", "CHANGE-CAUSE"], rows))
    }
}

struct RolloutUndoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Go back to an earlier revision's pod template.",
        discussion: "EXAMPLE\n  purser rollout undo deployment/web\nTo bring everything back, use `purser rollback`.")

    @OptionGroup var target: RolloutTarget
    @Option(help: "The revision; the one before the current if none is given.")
    var toRevision: Int64?

    func run() async throws {
        let (session, name) = try target.resolve()
        let deployment = try await session.deployment(name)
        let sets = try await session.replicaSets(of: deployment)
        let current = Rollout.revision(deployment)
        let wanted =
            toRevision.map { number in sets.first { Rollout.revision($0) == number } }
            ?? sets.first { Rollout.revision($0) < current }
        guard let wanted else {
            throw CommandError(
                toRevision.map { "deployment \"\(name)\" has no revision \($0)" }
                    ?? "deployment \"\(name)\" has no earlier revision",
                next: "list them with `purser rollout history deployment/\(name)`", status: .notFound)
        }
        var template = wanted.spec["template"] ?? [:]
        template[["metadata", "labels", "pod-template-hash"]] = nil
        let operations: JSON = [
            ["op": "test", "path": "/metadata/uid", "value": .string(deployment.uid)],
            ["op": "replace", "path": "/spec/template", "value": template],
        ]
        _ = try await session.client.patch(
            .deployments, namespace: session.namespace, name: name, operations, kind: .json)
        Console.line("deployment.apps/\(name) goes back to revision \(Rollout.revision(wanted))")
    }
}

struct RolloutPromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Switch traffic to the new side of a blue-green rollout.",
        discussion: "EXAMPLE\n  purser rollout promote deployment/web")

    @OptionGroup var target: RolloutTarget

    func run() async throws {
        try await BlueGreenMark.set("purser.dev/promote", target, done: "promoted")
    }
}

struct RolloutAbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Give the new side of a blue-green rollout up; the old one goes on serving.",
        discussion: "EXAMPLE\n  purser rollout abort deployment/web")

    @OptionGroup var target: RolloutTarget

    func run() async throws {
        try await BlueGreenMark.set("purser.dev/abort", target, done: "aborted")
    }
}

/// A decision about the new side, written as an annotation that names it, so that it cannot hit a later one.
enum BlueGreenMark {
    static func set(_ annotation: String, _ target: RolloutTarget, done: String) async throws {
        let (session, name) = try target.resolve()
        let deployment = try await session.deployment(name)
        guard let preview = deployment.status.string("blueGreen", "previewHash"), !preview.isEmpty else {
            throw CommandError(
                "deployment \"\(name)\" has no new side",
                next: "see `purser rollout status deployment/\(name) --no-watch`",
                status: .conflict)
        }
        try await session.patchDeployment(
            name, ["metadata": ["annotations": .object([annotation: .string(preview)])]])
        Console.line("deployment.apps/\(name) \(done) \(preview)")
    }
}

struct RolloutPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Hold a Deployment's rollout where it is.",
        discussion: "EXAMPLE\n  purser rollout pause deployment/web")

    @OptionGroup var target: RolloutTarget

    func run() async throws {
        try await target.patch(["spec": ["paused": true]], done: "paused")
    }
}

struct RolloutResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused rollout go on.",
        discussion: "EXAMPLE\n  purser rollout resume deployment/web")

    @OptionGroup var target: RolloutTarget

    func run() async throws {
        try await target.patch(["spec": ["paused": .null]], done: "resumed")
    }
}

struct RolloutRestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Replace every pod by the Deployment's strategy.",
        discussion: "EXAMPLE\n  purser rollout restart deployment/web")

    @OptionGroup var target: RolloutTarget

    func run() async throws {
        let mark: JSON = ["kubectl.kubernetes.io/restartedAt": .string(Clock.now().rfc3339)]
        try await target.patch(["spec": ["template": ["metadata": ["annotations": mark]]]], done: "restarted")
    }
}
