import Containerd
import KubeClient
import KubeModel
import LinuxNode
import PodLifecycle

/// Carries out the effects of one pod's lifecycle on the machine.
actor PodExecutor {
    let node: NodeContext
    let uid: String
    /// Where the pod's volumes are, by their names.
    var volumePaths: [String: String] = [:]
    var logDirectory: String?
    private var latest: PodSnapshot?

    init(_ node: NodeContext, uid: String) { (self.node, self.uid) = (node, uid) }

    /// Remembers how the pod stands, for what happens between effects.
    func note(_ snapshot: PodSnapshot) { latest = snapshot }

    /// Brings the files of volumes up to date; failures are left to the next time.
    func refreshVolumes() async {
        guard let latest, !latest.isReleased, logDirectory != nil else { return }
        do {
            try await provideVolumes(latest)
        } catch {
            node.logger.debug("volumes were not refreshed", metadata: ["pod": "\(uid)", "error": "\(describe(error))"])
        }
    }

    /// Carries out one effect; nil where no answer is due.
    func perform(_ effect: Effect, _ snapshot: PodSnapshot) async -> Observation? {
        do {
            return try await carryOut(effect, snapshot)
        } catch {
            return effect.work.map { .failed($0, message: describe(error)) }
        }
    }

    private func carryOut(_ effect: Effect, _ snapshot: PodSnapshot) async throws -> Observation? {
        let machine = node.machine
        switch effect {
        case .event(let note):
            node.events.record(note, about: snapshot.pod.object)
            return nil
        case .prepare: return try await prepare(snapshot)
        case .createSandbox(let attempt): return try await createSandbox(attempt, snapshot)
        case .removeSandbox(let id):
            try await node.meter.readNetwork(pod: uid)
            try await machine.runtime.stopSandbox(id)
            try await machine.runtime.removeSandbox(id)
            return .sandboxRemoved(id: id)
        case .ensureImage(let container, let image, let policy):
            return await ensureImage(container, image, policy, snapshot)
        case .startContainer(let name, let attempt, let imageID):
            return try await startContainer(name, attempt, imageID, snapshot)
        case .runPostStart(let container, let id, let handler):
            let failure = await node.probes.run(handler, container: id, address: snapshot.addresses.first, timeout: 600)
            return .postStartEnded(container: container, id: id, failure: failure)
        case .stopContainer(let name, let id, let preStop, let grace):
            return try await stopContainer(name, id, preStop, grace, snapshot)
        case .removeContainer(let id):
            try await machine.runtime.removeContainer(id)
            return .containerRemoved(id: id)
        case .probe(let container, let id, let kind, let probe):
            let failure = await node.probes.run(
                probe.handler, container: id, address: snapshot.addresses.first, timeout: probe.timeout)
            return .probed(container: container, id: id, kind: kind, failure: failure)
        case .drain(let seconds):
            await drain(seconds, snapshot.addresses)
            return .drained
        default: return try await carryOutEnd(effect, snapshot)
        }
    }

    /// The effects of a pod's end.
    private func carryOutEnd(_ effect: Effect, _ snapshot: PodSnapshot) async throws -> Observation? {
        let machine = node.machine
        switch effect {
        case .stopSandbox(let id):
            try await node.meter.readNetwork(pod: uid)
            try await machine.runtime.stopSandbox(id)
            return .sandboxStopped
        case .reportFinalUsage:
            try await node.meter.finish(pod: uid)
            return .usageReported
        case .releaseResources:
            try await machine.cgroups.remove(pod: uid)
            try machine.volumes.remove(pod: uid)
            DurableFile.removeFlat(messageDirectory)
            try await node.meter.forget(pod: uid)
            return .released
        case .removePod:
            for sandbox in try await machine.runtime.sandboxes(SandboxFilter(labels: [RuntimeLabel.podUID: uid])) {
                try await machine.runtime.stopSandbox(sandbox.id)
                try await machine.runtime.removeSandbox(sandbox.id)
            }
            try machine.volumes.removeLogs(
                pod: uid, namespace: snapshot.pod.namespace, name: snapshot.pod.name)
            return .removed
        case .deleteObject:
            return try await deleteObject(snapshot)
        default: return nil
        }
    }

    private func deleteObject(_ snapshot: PodSnapshot) async throws -> Observation {
        do {
            try await node.machine.api.delete(
                .pods, namespace: snapshot.pod.namespace, name: snapshot.pod.name,
                options: DeleteOptions(gracePeriodSeconds: 0, uid: uid))
        } catch let status as KubeStatus where [404, 409].contains(status.code) {
            // Gone, or another pod of the same name stands there by now.
        }
        return .objectDeleted
    }

    var messageDirectory: String { "\(node.configuration.rootDirectory)/messages/\(uid)" }

    func fields(_ snapshot: PodSnapshot) -> PodFields {
        PodFields(
            pod: snapshot.pod.object, addresses: snapshot.addresses, hostAddress: node.configuration.nodeAddress,
            allocatable: node.allocatable)
    }

    private func drain(_ seconds: Int64, _ addresses: [String]) async {
        guard let address = addresses.first else { return }
        let deadline = ContinuousClock.now + .seconds(seconds)
        var quiet = 0
        // Quiet for a second: until the rules have changed everywhere, new connections may still come.
        while quiet < 5, ContinuousClock.now < deadline, !Task.isCancelled {
            let open = (try? node.machine.network.trackedConnections(to: address)) ?? 1
            quiet = open == 0 ? quiet + 1 : 0
            try? await Task.sleep(for: .milliseconds(200))
        }
    }
}
