extension Ruleset {
    /// The whole table, which replaces an older one of its name.
    public var text: String {
        var lines = [
            "add table ip \(settings.table)", "delete table ip \(settings.table)", "table ip \(settings.table) {",
        ]
        for picker in pickers.values.sorted(by: { $0.name < $1.name }) {
            lines += declaration("map", picker.name, picker.type)
            lines += chain(picker.name, [picker.rule])
        }
        for (name, kind, type) in Self.fixed { lines += declaration(kind, name, type) }
        lines += hooks
        lines.append("}")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Removes the table, if it is there.
    public static func removal(table: String) -> String { "add table ip \(table)\ndelete table ip \(table)\n" }

    /// What turns an older ruleset of this table into this one: single elements where the same maps are needed, the
    /// whole table otherwise. Nil if nothing differs. Only right if the kernel still holds the older one; when `nft`
    /// refuses it, load `text`.
    public func update(from old: Ruleset) -> String? {
        guard self != old else { return nil }
        let isSameShape = settings == old.settings && pickers == old.pickers
        guard isSameShape else { return text }
        var lines: [String] = []
        for name in elements.keys.sorted() {
            let before = old.elements[name] ?? [:]
            let after = elements[name] ?? [:]
            let gone = before.filter { after[$0.key] != $0.value }
            let fresh = after.filter { before[$0.key] != $0.value }
            lines += statement("delete", name, gone.mapValues { _ in "" })
            lines += statement("add", name, fresh)
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n") + "\n"
    }

    private func statement(_ verb: String, _ name: String, _ entries: [String: String]) -> [String] {
        entries.isEmpty ? [] : ["\(verb) element ip \(settings.table) \(name) { \(list(entries)) }"]
    }

    private func list(_ entries: [String: String]) -> String {
        entries.map { $0.value.isEmpty ? $0.key : "\($0.key) : \($0.value)" }.sorted().joined(separator: ", ")
    }

    private func declaration(_ kind: String, _ name: String, _ type: String) -> [String] {
        let entries = elements[name] ?? [:]
        var lines = ["  \(kind) \(name) {", "    \(type)"]
        if !entries.isEmpty { lines.append("    elements = { \(list(entries)) }") }
        return lines + ["  }"]
    }

    private func chain(_ name: String, _ rules: [String]) -> [String] {
        ["  chain \(name) {"] + rules.map { "    \($0)" } + ["  }"]
    }

    private var hooks: [String] {
        let mark = "meta mark set meta mark or \(settings.mark)"
        let address = "ip protocol . ip daddr . th dport"
        let nodePort = "ip protocol . th dport"
        // A client of TCP only gives up at once when it is reset; to an ICMP error it answers with more attempts.
        let closed = [
            "ip protocol tcp \(address) @closed-addresses reject with tcp reset",
            "\(address) @closed-addresses reject",
            "ip protocol tcp fib daddr type local \(nodePort) @closed-nodeports reject with tcp reset",
            "fib daddr type local \(nodePort) @closed-nodeports reject",
        ]
        // The bridge takes answers to the node's loopback addresses; nobody may begin a connection to them from outside.
        let loopback = "iif != \"lo\" ip daddr 127.0.0.0/8 ct state != { established, related } drop"
        var leaving = [
            "meta mark and \(settings.mark) == \(settings.mark) masquerade", "ip saddr . ip daddr @hairpin masquerade",
            // What the node sends to itself and what leads to a pod from there.
            "ip saddr 127.0.0.0/8 ip daddr \(settings.podRange) masquerade",
        ]
        if settings.masqueradesEgress {
            let off = "ip daddr != \(settings.podRange) ip daddr != \(settings.serviceRange) ip daddr != 224.0.0.0/4"
            leaving.append("ip saddr \(settings.podRange) \(off) masquerade")
        }
        // What comes from outside the pods' range is marked, so that its answers come back through this node, unless the
        // client's address must stay visible, in which case the endpoints are all on this one.
        let services = [
            "ip saddr != \(settings.podRange) ip daddr \(settings.serviceRange) \(mark)",
            "ip saddr != \(settings.podRange) \(address) @marked-addresses \(mark)",
            "\(address) vmap @addresses",
            "fib daddr type != local return",
            "dnat ip to \(address) map @hostport-addresses",
            "dnat ip to \(nodePort) map @hostports",
            "\(nodePort) @marked-nodeports \(mark)",
            "\(nodePort) vmap @nodeports",
        ]
        return chain("services", services)
            + chain("prerouting", ["type nat hook prerouting priority -100; policy accept;", "jump services"])
            + chain("output", ["type nat hook output priority -100; policy accept;", "jump services"])
            + chain("postrouting", ["type nat hook postrouting priority 100; policy accept;"] + leaving)
            + chain("closed-in", ["type filter hook prerouting priority -90; policy accept;", loopback] + closed)
            + chain("closed-out", ["type filter hook output priority -90; policy accept;"] + closed)
    }
}
