import Foundation
import KubeModel
import Testing

@testable import LinuxNode

/// In network namespaces of the tests' own.
@Suite(.enabled(if: getuid() == 0))
struct NetworkTests {
    private func network(_ directory: String) throws -> BridgeNetwork {
        BridgeNetwork(
            BridgeNetwork.Configuration(
                bridge: "ptbridge", podRange: try IPPrefix("10.244.1.0/24"),
                clusterRange: try IPPrefix("10.244.0.0/16"), serviceRange: try IPPrefix("10.96.0.0/12"),
                cniConfigurationDirectory: "\(directory)/cni", addressDirectory: "\(directory)/ipam"))
    }

    @Test("preparing makes the bridge and the routes, twice alike; tearing down leaves none of it")
    func prepare() async throws {
        try await withDirectory { directory in
            let network = try network(directory)
            try await inNetworkNamespace {
                try network.prepare()
                try network.prepare()
                #expect(try network.counters().keys.contains("ptbridge"))
                #expect(try read("/proc/sys/net/ipv4/ip_forward") == "1\n")
                #expect(Loopback.route(to: "10.244.1.1") == 0)
                #expect(Loopback.route(to: "10.96.0.10") == 0)
                #expect(Loopback.route(to: "10.244.2.7") == EHOSTUNREACH)
                let other = try IPPrefix("10.244.2.0/24")
                let node = try IPPrefix("10.244.1.9")
                try network.addRoute(to: other, through: node)
                #expect(Loopback.route(to: "10.244.2.7") == 0)
                try network.removeRoute(to: other, through: node)
                try network.removeRoute(to: other, through: node)
                #expect(Loopback.route(to: "10.244.2.7") == EHOSTUNREACH)
                try network.teardown()
                try network.teardown()
                #expect(try !network.counters().keys.contains("ptbridge"))
                #expect(Loopback.route(to: "10.244.2.7") == ENETUNREACH)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/cni/10-purser.conflist"))
        }
    }

    @Test("the CNI configuration names the bridge, its addresses and where they are kept")
    func cni() throws {
        let json = try JSON(parsing: network("/d").cniConfiguration)
        let plugin = try #require(json.array("plugins").first)
        #expect(plugin.string("bridge") == "ptbridge" && plugin.bool("hairpinMode") == true)
        #expect(plugin.string("ipam", "dataDir") == "/d/ipam")
        #expect(plugin[["ipam", "ranges"]] == [[["subnet": "10.244.1.0/24"]]])
    }

    @Test("an interface's counters are told from the pod's side")
    func counters() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
            veth1: 100 1 0 0 0 0 0 0 2000 20 0 0 0 0 0 0
            """
        let counters = BridgeNetwork.counters(netDev: text)
        #expect(counters == ["veth1": NetworkCounters(sentBytes: 100, receivedBytes: 2000)])
    }

    @Test("prefixes are read in both versions, and nonsense is refused")
    func prefixes() throws {
        #expect(try IPPrefix("10.244.1.0/24").description == "10.244.1.0/24")
        #expect(try IPPrefix("fd00::1").description == "fd00::1/128")
        #expect(try IPPrefix("10.244.1.0/24").gateway.host == "10.244.1.1")
        for text in ["", "10.0.0/8", "10.0.0.0/33", "10.0.0.0/8/8", "x"] {
            #expect(throws: NodeError.self) { try IPPrefix(text) }
        }
    }

    @Test("a ruleset is applied whole or not at all, listed, and deleted twice alike")
    func nftables() async throws {
        try await inNetworkNamespace {
            let filter = Nftables()
            try filter.apply("table ip purser {\n chain a {\n counter\n }\n}\n")
            #expect(try filter.list(table: "purser", family: "ip")?.contains("chain a") == true)
            #expect(throws: NodeError.self) {
                try filter.apply("add chain ip purser b\nadd rule ip purser c counter\n")
            }
            #expect(try filter.list(table: "purser", family: "ip")?.contains("chain b") == false)
            try filter.delete(table: "purser", family: "ip")
            try filter.delete(table: "purser", family: "ip")
            #expect(try filter.list(table: "purser", family: "ip") == nil)
        }
    }

    @Test("a tracked connection counts while it is open and not once it is closed")
    func connections() async throws {
        try await withDirectory { directory in
            let network = try network(directory)
            try await inNetworkNamespace {
                try network.prepare()
                // A rule that looks at the state makes the kernel track.
                try Nftables().apply(
                    "table ip t {\n chain o {\n type filter hook output priority 0;\n ct state new counter\n }\n}\n")
                let listener = try Loopback.listen()
                let client = try Loopback.connect(to: listener.port)
                #expect(try network.trackedConnections(to: "127.0.0.1") == 1)
                #expect(try network.trackedConnections(to: "127.0.0.2") == 0)
                let accepted = accept(listener.file, nil, nil)
                for file in [client, accepted, listener.file] { close(file) }
                var left = 1
                for _ in 0..<500 where left > 0 {
                    usleep(10_000)
                    left = try network.trackedConnections(to: "127.0.0.1")
                }
                #expect(left == 0)
            }
        }
    }
}
