import KubeClient
import KubeModel
import Logging
import PodLifecycle

/// The workers of all pods of this node.
actor PodDirectory {
    private let node: NodeContext
    private let lister: RuntimeLister
    private var workers: [String: PodWorker] = [:]
    private var knowsPods = false
    private let starts: AsyncStream<PodWorker>
    private let start: AsyncStream<PodWorker>.Continuation
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(_ node: NodeContext, _ lister: RuntimeLister) {
        (self.node, self.lister) = (node, lister)
        (starts, start) = AsyncStream.makeStream()
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks for a listing of the runtime soon.
    nonisolated func wake() { signal.yield() }

    func changed(_ change: ListWatch.Change) {
        switch change {
        case .listed(let pods):
            let uids = Set(pods.map(\.uid))
            for worker in workers.values where !uids.contains(worker.uid) { worker.observe(.podGone) }
            for pod in pods { upsert(pod) }
            knowsPods = true
        case .upserted(let pod): upsert(pod)
        case .removed(let pod): workers[pod.uid]?.observe(.podGone)
        }
        signal.yield()
    }

    /// The pod of a name, as it was when its worker began.
    func pod(namespace: String, name: String) -> KubeObject? {
        workers.values.first { $0.pod.namespace == namespace && $0.pod.name == name }?.pod
    }

    private func upsert(_ pod: KubeObject) {
        if let worker = workers[pod.uid] { return worker.observe(.podChanged(pod)) }
        add(PodWorker(node, pod))
    }

    private func add(_ worker: PodWorker) {
        workers[worker.uid] = worker
        start.yield(worker)
    }

    private func remove(_ worker: PodWorker) { workers[worker.uid] = nil }

    /// Runs the workers until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await worker in starts {
                group.addTask {
                    await worker.run()
                    await self.remove(worker)
                }
            }
            group.cancelAll()
        }
    }

    /// Lists the runtime whenever something happened in it, and every few seconds, until cancelled.
    func runListings() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while (try? await Task.sleep(for: .seconds(5))) != nil { self.wake() }
            }
            for await _ in signals {
                await list()
                // What happens in one go is listed in one go.
                if (try? await Task.sleep(for: .milliseconds(20))) == nil { break }
            }
            group.cancelAll()
        }
    }

    private func list() async {
        guard knowsPods else { return }
        let begun = Timestamp.now
        let present = Array(workers.values)
        do {
            let pods = try await lister.list()
            for worker in present {
                let listing = pods[worker.uid]
                if let sandbox = listing?.sandboxes.last(where: \.isReady) {
                    try await node.meter.connect(pod: worker.uid, interfaces: await lister.interfaces(of: sandbox.id))
                }
                worker.observe(
                    .listed(sandboxes: listing?.sandboxes ?? [], containers: listing?.containers ?? [], at: begun))
            }
            for (uid, listing) in pods where workers[uid] == nil { adoptOrphan(uid, listing) }
        } catch {
            node.logger.debug("the runtime was not listed", metadata: ["error": "\(describe(error))"])
        }
    }

    /// A pod that the runtime holds and the API does not: it is ended like a deleted one.
    private func adoptOrphan(_ uid: String, _ listing: PodListing) {
        node.logger.info(
            "ending a pod that the API no longer has", metadata: ["pod": "\(listing.namespace)/\(listing.name)"])
        let containers = Set(listing.containers.map(\.name)).sorted().map { JSON.object(["name": .string($0)]) }
        let worker = PodWorker(
            node,
            KubeObject([
                "apiVersion": "v1", "kind": "Pod",
                "metadata": [
                    "name": .string(listing.name), "namespace": .string(listing.namespace), "uid": .string(uid),
                ],
                "spec": ["containers": .array(containers)],
            ]))
        worker.observe(.podGone)
        add(worker)
        signal.yield()
    }
}
