import ControlPlane
import Domain
import KubeModel
import Synchronization

/// Counts refused calls of unknown callers, so that a flood of them is one event with a count, not a flood of events.
final class RefusalAggregator: Sendable {
    private struct Counted {
        var record: CallRecord
        var until: Timestamp
    }

    private let cluster: Cluster
    /// By source address.
    private let counted = Mutex<[String: Counted]>([:])
    /// The first call of an address is recorded at once, those of the next seconds together.
    private static let seconds = 5.0
    private static let addressLimit = 4096

    init(cluster: Cluster) { self.cluster = cluster }

    func count(_ call: APICall, _ status: KubeStatus) {
        let now = cluster.clock.now
        let address = call.request.connection.remoteAddress
        let due = counted.withLock { counted -> [CallRecord] in
            var due: [CallRecord] = []
            if var known = counted[address], known.until > now {
                known.record.count += 1
                counted[address] = known
            } else {
                if let known = counted[address], known.record.count > 0 { due.append(known.record) }
                var next = call.record(code: status.code, reason: status.reason, message: status.message)
                due.append(next)
                next.count = 0
                counted[address] = Counted(record: next, until: now.adding(seconds: Self.seconds))
            }
            for (other, known) in counted where known.until <= now {
                if known.record.count > 0 { due.append(known.record) }
                counted[other] = nil
            }
            if counted.count > Self.addressLimit { counted.removeAll() }
            return due
        }
        for record in due {
            var record = record
            if record.callID != call.callID { record.callID = cluster.newCallID() }
            _ = cluster.sequencer.record(record)
        }
    }
}
