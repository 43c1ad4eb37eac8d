import KubeClient
import KubeModel

/// Waits for an instance's units and then for its node.
struct NodeWaiting {
    let instance: Instance
    let progress: Progress
    /// What the node's object said before this moment is of an agent that ran earlier; nil takes any word.
    let since: Timestamp?

    func wait(seconds: Double) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds)
        var pending = try InstanceProcesses(instance: instance).stages().joined().map(\.name)
        var client: APIClient?
        var lastTrouble = ""
        // Each look at the node is a call, and so an event in the log: not more than needed.
        var pause = Backoff(first: .milliseconds(20), longest: .milliseconds(200))
        while clock.now < deadline {
            for name in pending where Paths.exists("\(instance.runDirectory)/\(name).ready") {
                progress.say("\(name) is ready")
                pending.removeAll { $0 == name }
            }
            if !pending.contains("server") {
                do {
                    let known = try client ?? APIClient(try Kubeconfig.load(instance.kubeconfigFile).connection())
                    client = known
                    let node = try await known.get(.nodes, name: instance.nodeName)
                    guard let trouble = Self.trouble(node, since: since) else { return }
                    lastTrouble = trouble
                } catch {
                    lastTrouble = CommandError(error).message
                }
            }
            try await Task.sleep(for: pending.contains("server") ? .milliseconds(20) : pause.next())
        }
        let waiting =
            pending.first.map { "\($0) is not ready (see \(instance.log($0)))" }
            ?? "the node is not Ready: \(lastTrouble)"
        throw CommandError(
            "the instance did not come up in time: \(waiting)", next: "read the logs in \(instance.logDirectory)",
            status: .unreachable)
    }

    /// Why a node is not Ready by the word of the agent that runs now; nil if it is.
    static func trouble(_ node: KubeObject, since: Timestamp?) -> String? {
        let unheard = "the node has not reported yet"
        guard let ready = node.condition("Ready") else { return unheard }
        if let since {
            // Conditions have whole seconds.
            guard let heard = ready.string("lastHeartbeatTime").flatMap(Timestamp.init(rfc3339:)),
                heard.seconds >= since.seconds
            else { return unheard }
        }
        return ready.string("status") == "True" ? nil : ready.string("message") ?? unheard
    }
}
