import KubeModel

/// The report of a simulation for people.
struct WhatIfText {
    /// Above this many, placed pods are only summed up by node.
    private static let namedPods = 20
    private static let namedNodes = 8

    private let report: JSON
    private let palette: Palette

    init(_ report: JSON, _ palette: Palette = .plain) { (self.report, self.palette) = (report, palette) }

    var text: String {
        [changes, end, placements, waiting, notes, cost, verdict].joined()
    }

    private var changes: String {
        report.array("changes").map { change in
            let action = change.string("action") ?? ""
            let word = action == "refused" ? palette.red(action) : action
            var text = "\(word) \(change.string("object") ?? "") (\(change.string("origin") ?? ""))\n"
            if let reason = change.string("reason") { text += "  ! \(reason)\n" }
            for warning in change.array("warnings") { text += "  ! \(warning.stringValue ?? "")\n" }
            return text + change.array("changes").map { "  \(History.change($0, palette))\n" }.joined()
        }.joined()
    }

    private var end: String {
        let workloads = report.array("workloads")
        let others = report.int("unchangedWorkloads") ?? 0
        var text = "\nfrom position \(report.int("position") ?? 0) (\(report.string("time") ?? "")), "
        text +=
            report.array("moving").isEmpty
            ? "at rest after \(report.int("settledAfterSeconds") ?? 0) s of simulated time\n"
            : "not at rest when the simulation was ended; at last moved \(list(report.array("moving")))\n"
        if !workloads.isEmpty {
            text += Output.table(["WORKLOAD", "READY", "PODS BY NODE", "A MONTH"], workloads.map(row))
        }
        for workload in workloads {
            guard let message = workload.string("after", "message"), !message.isEmpty else { continue }
            text += "\(workload.string("object") ?? ""): \(message)\n"
        }
        if others > 0 {
            text +=
                "\(others) \(workloads.isEmpty ? "" : "other ")workload\(others == 1 ? " ends" : "s end") as before\n"
        }
        return text
    }

    private func row(_ workload: JSON) -> [String] {
        func count(_ side: String) -> String {
            guard let count = workload[side] else { return "none" }
            return "\(count.int("ready") ?? 0)/\(count.int("desired") ?? 0)"
        }
        let cost = workload["cost"] ?? [:]
        return [
            workload.string("object") ?? "", step(count("before"), count("after")), nodes(workload),
            step(cost.string("perMonthBefore") ?? "", cost.string("perMonthAfter") ?? ""),
        ]
    }

    private func step(_ before: String, _ after: String) -> String {
        before == after ? after : "\(before) -> \(after)"
    }

    private func nodes(_ workload: JSON) -> String {
        let nodes = workload.object("nodes")
        guard nodes.count <= Self.namedNodes else { return "on \(nodes.count) nodes" }
        return nodes.map { node, pods in
            "\(node): \(step("\(pods.int("before") ?? 0)", "\(pods.int("after") ?? 0)"))"
        }.joined(separator: ", ")
    }

    private var placements: String {
        let placed = report.array("placements")
        guard !placed.isEmpty, placed.count <= Self.namedPods else { return "" }
        return "\nnewly placed\n"
            + placed.map { pod in
                "  \(pod.string("namespace") ?? "")/\(pod.string("pod") ?? "") -> \(pod.string("node") ?? "")\n"
            }.joined()
    }

    private var waiting: String {
        let groups = report.array("waiting")
        guard !groups.isEmpty else { return "" }
        return "\nwithout a node\n" + groups.map(group).joined()
    }

    private func group(_ group: JSON) -> String {
        let pods = group.array("pods").count
        var text = "  \(palette.red(Self.pods(pods))) of \(group.string("workload") ?? "")"
        let before = group.int("waitedBefore") ?? 0
        if before > 0 { text += before == pods ? ", as before the change" : ", \(before) of them as before the change" }
        text += ": \(group.string("message") ?? "")\n"
        if let shortfall = group.string("shortfall"), !shortfall.isEmpty {
            text += "    in all short of \(shortfall)\n"
        }
        let nodes = group.array("nodes")
        for node in nodes.prefix(Self.namedNodes) {
            let lacks = node.string("lacks") ?? ""
            text += "    \(node.string("node") ?? "") "
            text += lacks.isEmpty ? "refuses: \(list(node.array("reasons")))\n" : "lacks \(lacks) for one of them\n"
        }
        if nodes.count > Self.namedNodes { text += "    and \(nodes.count - Self.namedNodes) more nodes\n" }
        return text
    }

    private var notes: String {
        var text = report.array("switches").map { one in
            "\(one.string("object") ?? ""): traffic goes to \(one.string("side") ?? "") "
                + "after \(one.int("afterSeconds") ?? 0) s\n"
        }.joined()
        for refusal in report.array("refusals") {
            text += "\(refusal.string("object") ?? ""): \(refusal.string("reason") ?? "")\n"
        }
        return text.isEmpty ? "" : "\n" + text
    }

    private var cost: String {
        let requests = report["requests"] ?? [:]
        func amounts(_ side: String) -> String {
            let bytes = Int64(requests.string(side, "memory") ?? "") ?? 0
            return "cpu \(requests.string(side, "cpu") ?? ""), memory \(Output.bytes(bytes))"
        }
        var text = "\nrequests: \(step(amounts("before"), amounts("after")))"
        text += "; at most at once \(amounts("peak")) of \(amounts("allocatable"))\n"
        let cost = report["cost"] ?? [:]
        let difference = cost.string("perMonthDifference") ?? ""
        text += "a month: \(cost.string("perMonthBefore") ?? "") -> \(cost.string("perMonthAfter") ?? "") "
        return text + "\(cost.string("currency") ?? "") (\(difference.hasPrefix("-") ? "" : "+")\(difference))\n"
    }

    private var verdict: String {
        if report.bool("runs") == true { return palette.green("everything runs") + "\n" }
        let pods = report.array("waiting").reduce(0) { $0 + $1.array("pods").count }
        let troubled = report.array("workloads").filter { $0.bool("inTrouble") == true }
        let refused = report.array("changes").count { $0.string("action") == "refused" }
        var parts: [String] = []
        if refused > 0 { parts.append("\(refused) object\(refused == 1 ? " is" : "s are") refused") }
        if pods > 0 { parts.append("\(Self.pods(pods)) \(pods == 1 ? "finds" : "find") no node") }
        if !troubled.isEmpty {
            parts.append("\(list(troubled.compactMap { $0["object"] })) would not run as asked for")
        }
        return palette.red("not everything runs") + ": \(parts.joined(separator: "; "))\n"
    }

    private static func pods(_ count: Int) -> String { "\(count) pod\(count == 1 ? "" : "s")" }

    private func list(_ names: [JSON]) -> String {
        let shown = names.prefix(Self.namedNodes).compactMap(\.stringValue).joined(separator: ", ")
        return names.count > Self.namedNodes ? "\(shown) and \(names.count - Self.namedNodes) more" : shown
    }
}
