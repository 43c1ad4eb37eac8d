import CLinux
import Glibc
import KubeModel

/// A node's network of pods on one bridge: the CNI plugins `bridge` and `host-local`, called by the runtime.
///
/// Addresses of the whole cluster's pods and services never leave the machine unrouted: the ranges answer
/// "unreachable" unless a more specific route (a bridge, another node's pods) or a rule of the packet filter fits.
public struct BridgeNetwork: PodNetwork {
    public struct Configuration: Sendable, Hashable {
        /// The bridge's name, at most 15 characters.
        public var bridge: String
        /// This node's pods; the first address is the bridge's.
        public var podRange: IPPrefix
        /// All nodes' pods; nil where one node is the cluster.
        public var clusterRange: IPPrefix?
        public var serviceRange: IPPrefix?
        /// Bytes; nil leaves the kernel's 1500.
        public var mtu: Int?
        /// Where the runtime looks for CNI configurations.
        public var cniConfigurationDirectory: String
        /// Where `host-local` keeps the addresses in use; survives restarts.
        public var addressDirectory: String

        public init(
            bridge: String, podRange: IPPrefix, clusterRange: IPPrefix? = nil, serviceRange: IPPrefix? = nil,
            mtu: Int? = nil, cniConfigurationDirectory: String, addressDirectory: String
        ) {
            self.bridge = bridge
            self.podRange = podRange
            self.clusterRange = clusterRange
            self.serviceRange = serviceRange
            self.mtu = mtu
            self.cniConfigurationDirectory = cniConfigurationDirectory
            self.addressDirectory = addressDirectory
        }

        var cniPath: String { "\(cniConfigurationDirectory)/10-purser.conflist" }
    }

    public let configuration: Configuration
    /// Of the "unreachable" routes: worse than any that leads somewhere.
    private static let lastResort: UInt32 = 1 << 24

    public init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// The CNI configuration list, version 0.4.0. Pods reach their own service through the bridge (`hairpinMode`);
    /// masquerading is the packet filter's.
    public var cniConfiguration: String {
        var bridge: JSON = [
            "type": "bridge", "bridge": .string(configuration.bridge), "isGateway": true,
            "isDefaultGateway": true, "hairpinMode": true, "ipMasq": false,
            "ipam": [
                "type": "host-local", "dataDir": .string(configuration.addressDirectory),
                "ranges": [[["subnet": .string(configuration.podRange.description)]]],
            ],
        ]
        if let mtu = configuration.mtu { bridge["mtu"] = .int(Int64(mtu)) }
        let list: JSON = ["cniVersion": "0.4.0", "name": "purser", "plugins": [bridge]]
        return list.canonicalText
    }

    public func prepare() throws {
        try Files.makeDirectory(configuration.cniConfigurationDirectory)
        try Files.makeDirectory(configuration.addressDirectory)
        try Files.write(cniConfiguration.utf8, to: configuration.cniPath)
        try makeBridge()
        try setKernelSwitches()
        try addRoutes()
    }

    /// The bridge is made before the first pod, because the services' range is routed to it: so a connection from
    /// the node to a service has a route and the bridge's address as its source before the packet filter rewrites it.
    private func makeBridge() throws {
        try check(purser_bridge_add(configuration.bridge), "cannot make the bridge \(configuration.bridge)")
        var gateway = configuration.podRange.gateway.kernel
        try check(
            purser_address_add(configuration.bridge, &gateway),
            "cannot give the bridge \(configuration.bridge) an address")
        // The node reaches its own services over loopback too.
        try check(purser_link_up("lo"), "cannot switch the loopback interface on")
    }

    private func setKernelSwitches() throws {
        let version6 = configuration.podRange.address.count == 16
        try Files.set("1", in: "/proc/sys/net/\(version6 ? "ipv6/conf/all/forwarding" : "ipv4/ip_forward")")
        if !version6 {
            // So that 127.0.0.1 leads to node ports and host ports too; the packet filter keeps others from using it.
            try Files.set("1", in: "/proc/sys/net/ipv4/conf/\(configuration.bridge)/route_localnet")
        }
        let call = "/proc/sys/net/bridge/bridge-nf-call-\(version6 ? "ip6tables" : "iptables")"
        guard Files.exists(call) else {
            throw NodeError(.unsupported, "pods on one bridge cannot be filtered: run `modprobe br_netfilter`")
        }
        try Files.set("1", in: call)
    }

    private func addRoutes() throws {
        if let range = configuration.clusterRange {
            var prefix = range.kernel
            try check(purser_route_add(&prefix, nil, Self.lastResort), "cannot close the pods' range \(range)")
        }
        if let range = configuration.serviceRange {
            var prefix = range.kernel
            try check(purser_route_add(&prefix, configuration.bridge, 0), "cannot route the services' range \(range)")
        }
    }

    public func addRoute(to range: IPPrefix, through node: IPPrefix) throws {
        var prefix = range.kernel
        var gateway = node.kernel
        try check(purser_route_add_gateway(&prefix, &gateway), "cannot route \(range) through \(node.host)")
    }

    public func removeRoute(to range: IPPrefix, through node: IPPrefix) throws {
        var prefix = range.kernel
        var gateway = node.kernel
        let result = purser_route_delete_gateway(&prefix, &gateway)
        if result != -ESRCH { try check(result, "cannot remove the route to \(range)") }
    }

    public func counters() throws -> [String: NetworkCounters] {
        guard let text = try Files.text("/proc/thread-self/net/dev") else {
            throw NodeError(.notFound, "/proc/thread-self/net/dev is missing: mount /proc")
        }
        return Self.counters(netDev: text)
    }

    /// Parses `/proc/net/dev`: after the name, the second column group's first is what the interface sent.
    static func counters(netDev text: String) -> [String: NetworkCounters] {
        var counters: [String: NetworkCounters] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.lastIndex(of: ":") else { continue }
            let name = line[..<colon].drop(while: \.isWhitespace)
            let numbers = line[line.index(after: colon)...].split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count >= 9 else { continue }
            counters[String(name)] = NetworkCounters(sentBytes: numbers[0], receivedBytes: numbers[8])
        }
        return counters
    }

    public func trackedConnections(to address: String) throws -> Int {
        var prefix = try IPPrefix(address).kernel
        let count = purser_connections(&prefix)
        guard count >= 0 else {
            throw NodeError.system("cannot read the tracked connections", errno: -count)
        }
        return Int(count)
    }

    public func teardown() throws {
        for range in [configuration.clusterRange].compactMap({ $0 }) {
            var prefix = range.kernel
            let result = purser_route_delete(&prefix, nil, Self.lastResort)
            if result != -ESRCH { try check(result, "cannot remove the route to \(range)") }
        }
        // The services' route goes with the bridge.
        let result = purser_link_delete(configuration.bridge)
        if result != -ENODEV { try check(result, "cannot remove the bridge \(configuration.bridge)") }
        try Files.removeTree(configuration.cniPath)
    }

    private func check(_ result: Int32, _ what: String) throws {
        guard result >= 0 else { throw NodeError.system(what, errno: -result) }
    }
}
