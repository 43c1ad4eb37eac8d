/// The nftables rules of a node's Services and of its pods' host ports, as text for `nft -f`. Each text is one transaction; it never touches
/// connections that exist, whose translation the kernel remembers.
///
/// Destinations are elements of maps, one map for every number of endpoints, because thousands of elements load in the
/// time of dozens of chains.
public struct Ruleset: Sendable, Hashable {
    /// What is the same for all rulesets of a node.
    public struct Settings: Sendable, Hashable {
        /// The table's name, one for each node agent on a machine.
        public var table: String
        /// All pods of the cluster; what pods send elsewhere leaves under the node's address.
        public var podRange: IPv4Range
        public var serviceRange: IPv4Range
        /// The packet mark of connections that must leave under the node's address.
        public var mark: UInt32
        /// Whether what pods send off the cluster is masqueraded; false where the CNI configuration does that.
        public var masqueradesEgress: Bool

        public init(
            table: String, podRange: IPv4Range, serviceRange: IPv4Range, mark: UInt32 = 0x4000,
            masqueradesEgress: Bool = true
        ) {
            (self.table, self.podRange, self.serviceRange) = (table, podRange, serviceRange)
            (self.mark, self.masqueradesEgress) = (mark, masqueradesEgress)
        }
    }

    public let settings: Settings
    /// Entries of the maps and sets by name; the value is empty in a set.
    private(set) var elements: [String: [String: String]]
    /// How a connection is spread, for every map of destinations.
    private(set) var pickers: [String: Picker]

    struct Picker: Sendable, Hashable {
        enum Entry: Sendable { case address, nodePort }
        let entry: Entry
        let isSticky: Bool
        let count: Int

        var name: String {
            "\(entry == .address ? "address" : "nodeport")-\(isSticky ? "sticky-" : "")\(count)"
        }
        private var key: String {
            entry == .address ? "ip protocol . ip daddr . th dport" : "ip protocol . th dport"
        }
        /// A client's hash instead of a random number keeps it at its endpoint for as long as the endpoints stay.
        private var index: String { isSticky ? "jhash ip saddr mod \(count)" : "numgen random mod \(count)" }
        var type: String { "typeof \(key) . numgen random mod \(count) : ip daddr . th dport" }
        var rule: String { "dnat ip to \(key) . \(index) map @\(name)" }
    }

    static let fixed: [(name: String, kind: String, type: String)] = [
        ("addresses", "map", "type inet_proto . ipv4_addr . inet_service : verdict"),
        ("nodeports", "map", "type inet_proto . inet_service : verdict"),
        ("closed-addresses", "set", "type inet_proto . ipv4_addr . inet_service"),
        ("closed-nodeports", "set", "type inet_proto . inet_service"),
        ("marked-addresses", "set", "type inet_proto . ipv4_addr . inet_service"),
        ("marked-nodeports", "set", "type inet_proto . inet_service"),
        ("hairpin", "set", "type ipv4_addr . ipv4_addr"),
        ("hostports", "map", "typeof ip protocol . th dport : ip daddr . th dport"),
        ("hostport-addresses", "map", "typeof ip protocol . ip daddr . th dport : ip daddr . th dport"),
    ]

    public init(_ table: ServiceTable, hostPorts: [HostPort] = [], settings: Settings) {
        self.settings = settings
        elements = Dictionary(uniqueKeysWithValues: Self.fixed.map { ($0.name, [:]) })
        pickers = [:]
        for port in table.ports { add(port) }
        for port in hostPorts { add(port) }
    }

    private mutating func add(_ port: HostPort) {
        let target = "\(port.endpoint.address) . \(port.endpoint.port)"
        if let address = port.hostAddress {
            elements["hostport-addresses"]?["\(port.proto) . \(address) . \(port.port)"] = target
        } else {
            elements["hostports"]?["\(port.proto) . \(port.port)"] = target
        }
        elements["hairpin"]?["\(port.endpoint.address) . \(port.endpoint.address)"] = ""
    }

    private mutating func add(_ port: ServicePort) {
        let addresses =
            [(port.address, port.internalEndpoints)] + port.externalAddresses.map { ($0, port.externalEndpoints) }
        for (address, endpoints) in addresses {
            let key = "\(port.proto) . \(address) . \(port.port)"
            add(key, .address, endpoints, isSticky: port.isSticky)
            if address != port.address, !port.keepsSource { elements["marked-addresses"]?[key] = "" }
        }
        if let nodePort = port.nodePort {
            let key = "\(port.proto) . \(nodePort)"
            add(key, .nodePort, port.externalEndpoints, isSticky: port.isSticky)
            if !port.keepsSource { elements["marked-nodeports"]?[key] = "" }
        }
        for endpoint in port.internalEndpoints + port.externalEndpoints {
            elements["hairpin"]?["\(endpoint.address) . \(endpoint.address)"] = ""
        }
    }

    private mutating func add(_ key: String, _ entry: Picker.Entry, _ endpoints: [ServiceEndpoint], isSticky: Bool) {
        let isAddress = entry == .address
        guard !endpoints.isEmpty else {
            elements[isAddress ? "closed-addresses" : "closed-nodeports"]?[key] = ""
            return
        }
        let picker = Picker(entry: entry, isSticky: isSticky, count: endpoints.count)
        pickers[picker.name] = picker
        elements[isAddress ? "addresses" : "nodeports"]?[key] = "goto \(picker.name)"
        for (index, endpoint) in endpoints.enumerated() {
            elements[picker.name, default: [:]]["\(key) . \(index)"] = "\(endpoint.address) . \(endpoint.port)"
        }
    }
}
