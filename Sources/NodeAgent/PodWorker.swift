import KubeModel
import PodLifecycle

/// Drives one pod: feeds observations to its lifecycle machine and carries out what that asks for.
final class PodWorker: Sendable {
    let uid: String
    let pod: KubeObject
    private let node: NodeContext
    private let executor: PodExecutor
    private let writer: StatusWriter
    private let observations: AsyncStream<Observation>
    private let inlet: AsyncStream<Observation>.Continuation

    init(_ node: NodeContext, _ pod: KubeObject) {
        (self.node, self.pod, uid) = (node, pod, pod.uid)
        executor = PodExecutor(node, uid: pod.uid)
        writer = StatusWriter(node.machine.api, pod, logger: node.logger)
        (observations, inlet) = AsyncStream.makeStream()
    }

    /// Hands an observation to the pod's machine.
    func observe(_ observation: Observation) { inlet.yield(observation) }

    /// Runs until the pod is finished or the task is cancelled; cancelling leaves the containers running.
    func run() async {
        var record = PodRecord(pod, hostAddress: node.configuration.nodeAddress)
        var wakeAt: Timestamp?
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.writer.run() }
            group.addTask { await self.refreshVolumes() }
            for await observation in observations {
                let now = Timestamp.now
                if observation == .tick { wakeAt = nil }
                if case .podChanged(let object) = observation { await writer.observed(object.status) }
                let effects = record.handle(observation, now: now)
                let snapshot = record.snapshot
                await executor.note(snapshot)
                if record.isAdopted { await writer.offer(record.status) }
                for effect in effects {
                    group.addTask { await self.carryOut(effect, snapshot) }
                }
                if record.isFinished { break }
                guard let next = record.nextWake(after: now), wakeAt.map({ next < $0 }) ?? true else { continue }
                wakeAt = next
                group.addTask { await self.wake(at: next) }
            }
            group.cancelAll()
        }
    }

    private func carryOut(_ effect: Effect, _ snapshot: PodSnapshot) async {
        // The last status comes before the deletion, so that the record shows how the pod ended.
        if effect == .deleteObject { try? await writer.push() }
        guard let observation = await executor.perform(effect, snapshot), !Task.isCancelled else { return }
        inlet.yield(observation)
    }

    private func wake(at time: Timestamp) async {
        let pause = max(0.001, time.seconds(since: .now))
        guard (try? await Task.sleep(for: .seconds(pause))) != nil else { return }
        inlet.yield(.tick)
    }

    /// ConfigMaps, Secrets and the downward API change under a running pod; their files follow every minute.
    private func refreshVolumes() async {
        let kinds = ["configMap", "secret", "downwardAPI", "projected"]
        guard pod.spec.array("volumes").contains(where: { volume in kinds.contains { volume[$0] != nil } }) else {
            return
        }
        while (try? await Task.sleep(for: .seconds(60))) != nil {
            await executor.refreshVolumes()
        }
    }
}

extension PodRecord {
    var snapshot: PodSnapshot {
        PodSnapshot(
            pod: pod, addresses: addresses, sandboxID: sandboxID, sandboxAttempt: sandboxAttempt, isReleased: isReleased
        )
    }
}
