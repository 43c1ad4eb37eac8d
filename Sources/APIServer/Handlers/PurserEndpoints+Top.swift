import ControlPlane
import Domain
import EventLog
import KubeModel

extension PurserEndpoints {
    /// What each pod used between its node's last two reports, now or as of a moment.
    func usage(_ query: Query) async throws(KubeStatus) -> JSON {
        let namespace = query["namespace"].flatMap { $0.isEmpty ? nil : $0 }
        guard let position = try await handler.reads.position(try query.asOf()) else {
            return usage(handler.usage.newest(), namespace)
        }
        return usage(try await reports(through: position), namespace)
    }

    /// The last two reports of each node that was there at a position.
    private func reports(through position: Position) async throws(KubeStatus)
        -> [String: (newest: UsageBook.Report, before: UsageBook.Report?)]
    {
        let nodes = try await log { try await cluster.history.names(.nodes, namespace: nil, at: position) }.map(\.name)
        var reports: [String: (newest: UsageBook.Report, before: UsageBook.Report?)] = [:]
        guard !nodes.isEmpty else { return reports }
        // A node that reported more seldom than every fourth time was gone.
        let query = EventQuery(types: [EventCatalogue.usageMeasured], includesReads: true)
        let page = try await log {
            try await cluster.log.find(
                query, after: 0, through: position, limit: nodes.count * 8, newestFirst: true)
        }
        for recorded in page.events {
            guard let node = ObjectKey(stream: recorded.event.stream)?.name, nodes.contains(node),
                let json = try? JSON(parsing: recorded.event.payload), UsageInterval.isWhole(json)
            else { continue }
            let report = UsageBook.Report(recordedAt: recorded.recordedAt, report: json)
            if let known = reports[node] {
                if known.before == nil { reports[node] = (known.newest, report) }
            } else {
                reports[node] = (report, nil)
            }
        }
        return reports
    }

    private func usage(
        _ reports: [String: (newest: UsageBook.Report, before: UsageBook.Report?)], _ namespace: String?
    ) -> JSON {
        var items: [JSON] = []
        for (node, reports) in reports.sorted(by: { $0.key < $1.key }) {
            let before = Dictionary(
                (reports.before?.report.array("pods") ?? []).map { ($0.string("uid") ?? "", $0) },
                uniquingKeysWith: { $1 })
            let seconds = reports.before.flatMap { elapsed($0.report, reports.newest.report) }
            for pod in reports.newest.report.array("pods") {
                if let namespace, pod.string("namespace") != namespace { continue }
                if pod.bool("final") == true { continue }
                var item = pod
                item["node"] = .string(node)
                item["observedAt"] = reports.newest.report["observedAt"]
                if let seconds, seconds > 0, let earlier = before[pod.string("uid") ?? ""] {
                    item["rates"] = rates(earlier, pod, seconds)
                    item["cpuCores"] = item["rates"]?["cpuCores"]
                }
                items.append(item)
            }
        }
        return ["items": .array(items)]
    }

    private func elapsed(_ before: JSON, _ after: JSON) -> Double? {
        guard let from = before.string("observedAt").flatMap(Timestamp.init(rfc3339:)),
            let to = after.string("observedAt").flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        return to.seconds(since: from)
    }

    /// Per second since the report before.
    private func rates(_ before: JSON, _ after: JSON, _ seconds: Double) -> JSON {
        func rate(_ name: String) -> Double {
            Double(max((after.int(name) ?? 0) - (before.int(name) ?? 0), 0)) / seconds
        }
        func bytes(_ name: String) -> JSON { .int(Int64(rate(name).rounded())) }
        return [
            "cpuCores": .double(rate("cpuNanoseconds") / 1e9), "ioReadBytes": bytes("ioReadBytes"),
            "ioWriteBytes": bytes("ioWriteBytes"), "networkSentBytes": bytes("networkSentBytes"),
            "networkReceivedBytes": bytes("networkReceivedBytes"),
        ]
    }
}
