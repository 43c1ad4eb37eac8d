import Glibc
import KubeClient
import KubeModel
import LinuxNode
import Logging

/// Meters the pods of this node and reports what they used, in counters that only grow.
///
/// Everything is journaled before it is reported, so a killed agent loses and doubles nothing: the groups count
/// on without it, and the journal holds what cannot be read again.
actor UsageMeter {
    private let nodeName: String
    private let interval: Double
    private let cgroups: any PodCgroups
    private let network: any PodNetwork
    private let api: any NodeAPI
    private let journalPath: String
    private let bootID: String
    private let bridge: String
    private let logger: Logger
    private(set) var records: [String: UsageRecord] = [:]
    private var lastObserved = Timestamp(seconds: 0)

    /// Reads the journal that an earlier run left.
    init(
        _ configuration: NodeAgentConfiguration, machine: NodeMachine, bootID: String = UsageMeter.readBootID(),
        logger: Logger
    ) throws {
        nodeName = configuration.nodeName
        interval = configuration.reportInterval
        (cgroups, network, api) = (machine.cgroups, machine.network, machine.api)
        journalPath = "\(configuration.rootDirectory)/usage-journal.json"
        bridge = configuration.bridge
        self.bootID = bootID
        self.logger = logger
        try DurableFile.makeDirectory(configuration.rootDirectory)
        records = try Self.readJournal(journalPath, bootID: bootID)
    }

    static func readBootID() -> String {
        let text = (try? PrivateFile.read("/proc/sys/kernel/random/boot_id")).map {
            String(decoding: $0, as: UTF8.self)
        }
        return String(text?.prefix { $0 != "\n" } ?? "unknown")
    }

    private static func readJournal(_ path: String, bootID: String) throws -> [String: UsageRecord] {
        guard access(path, F_OK) == 0 else { return [:] }
        let journal = try JSON(parsing: PrivateFile.read(path))
        let isSameBoot = journal.string("bootID") == bootID
        var records: [String: UsageRecord] = [:]
        for entry in journal.array("pods") {
            guard var record = UsageRecord(journal: entry) else { continue }
            if !isSameBoot { record.restart() }
            records[record.uid] = record
        }
        return records
    }

    private func writeJournal() throws {
        let journal: JSON = [
            "bootID": .string(bootID), "pods": .array(records.values.sorted { $0.uid < $1.uid }.map(\.journal)),
        ]
        try DurableFile.write(journal.canonicalBytes, to: journalPath)
    }

    /// Begins to meter a pod, before anything of it runs. Repeating it changes nothing.
    func begin(_ pod: KubeObject) throws {
        guard records[pod.uid] == nil else { return }
        records[pod.uid] = UsageRecord(pod)
        try writeJournal()
    }

    /// Tells which interfaces of the node belong to the pod's sandbox.
    func connect(pod uid: String, interfaces: [String]) throws {
        guard let interface = interfaces.first(where: { $0 != bridge }), records[uid]?.interface != interface else {
            return
        }
        records[uid]?.connect(to: interface)
        try writeJournal()
    }

    func add(container id: String, name: String, restart: Int, pod uid: String) throws {
        records[uid]?.add(container: id, name: name, restart: restart)
        try writeJournal()
    }

    /// Reads a pod's network counters; to be called before its interface goes away.
    func readNetwork(pod uid: String) throws {
        guard let interface = records[uid]?.interface, let counters = try network.counters()[interface] else { return }
        records[uid]?.sample(counters)
        try writeJournal()
    }

    /// Takes the last reading of a pod and returns once the server has it durably.
    func finish(pod uid: String) async throws {
        guard var record = records[uid], !record.isAcknowledged else { return }
        if !record.isFinal {
            sampleCgroups(&record, observedNow())
            record.isFinal = true
            record.memoryBytes = 0
            records[uid] = record
            try writeJournal()
        }
        try await send([record], at: observedNow())
        records[uid]?.isAcknowledged = true
        try writeJournal()
    }

    /// Drops a pod whose final reading was acknowledged and whose groups are gone.
    func forget(pod uid: String) throws {
        records[uid] = nil
        try writeJournal()
    }

    /// Reports all pods at every interval until cancelled. A report that fails is made good by the next one.
    func run() async throws {
        while true {
            do {
                try await report()
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.warning("the usage report failed", metadata: ["error": "\(describe(error))"])
            }
            try await Task.sleep(for: .seconds(interval))
        }
    }

    /// Reads every pod and reports. Also without pods: the report is the node's sign of life.
    func report() async throws {
        let now = observedNow()
        let counters = (try? network.counters()) ?? [:]
        for uid in records.keys.sorted() {
            guard var record = records[uid], !record.isFinal else { continue }
            sampleCgroups(&record, now)
            if let interface = record.interface, let reading = counters[interface] { record.sample(reading) }
            records[uid] = record
        }
        try writeJournal()
        try await send(records.values.filter { !$0.isFinal }, at: now)
    }

    private func sampleCgroups(_ record: inout UsageRecord, _ now: Timestamp) {
        do {
            if let sample = try cgroups.sample(pod: record.uid) { record.sample(sample, at: now) }
            for index in record.containers.indices {
                if let sample = try cgroups.sample(container: record.containers[index].id, pod: record.uid) {
                    record.sample(container: index, sample)
                }
            }
        } catch {
            logger.warning(
                "cannot read a pod's counters", metadata: ["pod": "\(record.uid)", "error": "\(describe(error))"])
        }
    }

    private func send(_ pods: [UsageRecord], at now: Timestamp) async throws {
        _ = try await api.create(
            .usageReports, namespace: nil,
            [
                "apiVersion": "purser.dev/v1alpha1", "kind": "UsageReport", "node": .string(nodeName),
                "bootID": .string(bootID), "observedAt": .string(now.rfc3339Micro),
                "interval": interval == interval.rounded() ? .int(Int64(interval)) : .double(interval),
                "pods": .array(pods.sorted { $0.uid < $1.uid }.map(\.report)),
            ])
    }

    /// The time of a reading; never the same or earlier than the one before.
    private func observedNow() -> Timestamp {
        lastObserved = max(Timestamp.now, Timestamp(microseconds: lastObserved.microseconds + 1))
        return lastObserved
    }
}
