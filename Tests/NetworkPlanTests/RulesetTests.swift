import Foundation
import KubeModel
import NetworkPlan
import Testing

/// Rulesets are loaded by the real nft, each test in a network namespace of its own.
@Suite(.enabled(if: geteuid() == 0, "nft and network namespaces need root"))
struct RulesetTests {
    private static func settings() throws -> Ruleset.Settings {
        Ruleset.Settings(
            table: "purser-test", podRange: try #require(IPv4Range("10.244.0.0/16")),
            serviceRange: try #require(IPv4Range("10.96.0.0/16")))
    }

    private static func ruleset(_ addresses: [String], spec: [String: JSON] = [:], second: [String]? = nil) throws
        -> Ruleset
    {
        var specification: JSON = ["clusterIP": "10.96.0.100", "ports": [ServiceTableTests.port]]
        for (key, value) in spec { specification[key] = value }
        var services = [ServiceTableTests.service(specification)]
        var slices = [ServiceTableTests.slice(addresses.map { ServiceTableTests.endpoint($0) })]
        if let second {
            services.append(
                ServiceTableTests.service(
                    ["clusterIP": "10.96.0.200", "ports": [["name": "http", "port": 53, "protocol": "UDP"]]],
                    name: "dns"))
            slices.append(
                ServiceTableTests.slice(
                    second.map { ServiceTableTests.endpoint($0) },
                    ports: [["name": "http", "port": 53, "protocol": "UDP"]],
                    service: "dns"))
        }
        return Ruleset(ServiceTable(services: services, slices: slices, node: "n1"), settings: try settings())
    }

    /// Runs a script in a fresh network namespace that ends with it.
    private func isolated(_ script: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["--net", "--pid", "--mount-proc", "--fork", "--kill-child", "bash", "-c", script]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    private func load(_ texts: [String], then script: String) throws -> (status: Int32, output: String) {
        let loads = texts.map { "nft -f - <<'RULES' || exit 9\n\($0)RULES\n" }.joined()
        return try isolated("set -e\nip link set lo up\n\(loads)\(script)")
    }

    @Test(
        "nft takes every shape of ruleset",
        arguments: [
            [:], ["sessionAffinity": "ClientIP"], ["externalTrafficPolicy": "Local"],
            ["externalIPs": ["192.0.2.7"]],
        ] as [[String: JSON]])
    func nftTakesIt(spec: [String: JSON]) throws {
        for addresses in [[], ["10.244.0.5"], ["10.244.0.5", "10.244.0.6", "10.244.1.7"]] {
            let text = try Self.ruleset(addresses, spec: spec, second: ["10.244.0.9"]).text
            let result = try isolated("nft -c -f - <<'RULES'\n\(text)RULES\n")
            #expect(result.status == 0, "\(result.output)\n\(text)")
        }
    }

    @Test("an update leads to the same rules as loading the whole table")
    func updatesEqualWholeLoads() throws {
        let states = [
            try Self.ruleset(["10.244.0.5", "10.244.0.6"], second: ["10.244.0.9"]),
            try Self.ruleset(["10.244.0.5", "10.244.0.8"], second: ["10.244.0.9"]),
            try Self.ruleset(["10.244.0.8"], second: ["10.244.0.8", "10.244.0.9"]),
            try Self.ruleset([], second: ["10.244.0.9"]),
            try Self.ruleset(["10.244.0.5", "10.244.0.6", "10.244.0.7"]),
        ]
        for (old, new) in zip(states, states.dropFirst()) {
            let update = try #require(new.update(from: old))
            let list = "nft -s list table ip purser-test"
            let stepped = try load([old.text, update], then: list)
            let whole = try load([new.text], then: list)
            #expect(stepped.status == 0, "\(stepped.output)\n\(update)")
            #expect(stepped.output == whole.output)
        }
        #expect(states[0].update(from: states[0]) == nil)
        #expect(try #require(states[1].update(from: states[0])).contains("delete table") == false)
    }

    /// Servers on three addresses, each of which answers with its own.
    private static let servers = """
        serve() { perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1],
          Listen => 64, ReuseAddr => 1) or die; while ($c = $s->accept) { $c->autoflush(1); eval $ARGV[2]; close $c }' "$@"; }
        for n in 5 6 7; do
          ip addr add 10.244.0.$n/32 dev lo
          serve 10.244.0.$n 80 'print $c "'$n'\n"' &
        done
        ip route add 10.96.0.0/16 dev lo
        ip addr add 192.0.2.1/32 dev lo
        ask() { timeout 3 bash -c "exec 3<>/dev/tcp/$1/$2 && read -r line <&3 && echo \\$line" 2>&1 || true; }
        for n in 5 6 7; do for i in $(seq 50); do [ "$(ask 10.244.0.$n 80)" = $n ] && break; sleep 0.1; done; done

        """

    private static func pod(_ name: String, _ address: String, _ ports: [JSON], more: JSON = [:]) -> KubeObject {
        var spec = more
        spec["containers"] = [["name": "c", "ports": .array(ports)]]
        return KubeObject([
            "metadata": ["name": .string(name), "namespace": "shop", "uid": .string(name)], "spec": spec,
            "status": ["podIP": .string(address), "phase": "Running"],
        ])
    }

    @Test("a host port leads to its pod at every address of the node, one with an address only there")
    func hostPorts() throws {
        let pods = [
            Self.pod("a", "10.244.0.5", [["containerPort": 80, "hostPort": 8081]]),
            Self.pod("b", "10.244.0.6", [["containerPort": 80, "hostPort": 8082, "hostIP": "192.0.2.1"]]),
            Self.pod("c", "10.244.0.7", [["containerPort": 80]]),
            Self.pod("d", "10.244.0.7", [["containerPort": 80, "hostPort": 8083]], more: ["hostNetwork": true]),
        ]
        let ports = HostPort.all(of: pods)
        #expect(ports.map(\.port) == [8081, 8082])
        let settings = try Self.settings()
        let table = ServiceTable(services: [], slices: [], node: "n1")
        let empty = Ruleset(table, settings: settings)
        let rules = Ruleset(table, hostPorts: ports, settings: settings)
        let update = try #require(rules.update(from: empty))
        #expect(!update.contains("delete table"))
        let script =
            Self.servers + "for at in 192.0.2.1 127.0.0.1; do for port in 8081 8082; do ask $at $port; done; done"
        for texts in [[rules.text], [empty.text, update]] {
            let answers = try load(texts, then: script).output.split(separator: "\n")
            #expect(answers.prefix(3) == ["5", "6", "5"] && answers.count > 3, "\(answers)")
            #expect(answers.dropFirst(3).allSatisfy { $0.contains("refused") }, "\(answers)")
        }
    }

    @Test("a pod at its end or without an address has no host port")
    func noHostPorts() {
        var ended = Self.pod("a", "10.244.0.5", [["containerPort": 80, "hostPort": 8081]]).json
        ended[["status", "phase"]] = "Succeeded"
        var waiting = Self.pod("b", "10.244.0.5", [["containerPort": 80, "hostPort": 8081]]).json
        waiting[["status", "podIP"]] = JSON?.none
        #expect(HostPort.all(of: [KubeObject(ended), KubeObject(waiting)]) == [])
    }

    @Test("connections to the cluster address and to the node port reach every endpoint and nothing else")
    func packetsReachEveryEndpoint() throws {
        let rules = try Self.ruleset(["10.244.0.5", "10.244.0.6", "10.244.0.7"]).text
        let script = Self.servers + "for i in $(seq 40); do ask 10.96.0.100 8080; ask 192.0.2.1 30080; done"
        let result = try load([rules], then: script)
        let answers = result.output.split(separator: "\n")
        #expect(answers.count == 80, "\(result.output)")
        #expect(Set(answers) == ["5", "6", "7"])
    }

    @Test("a client of a sticky Service stays at one endpoint")
    func stickyClientsStay() throws {
        let rules = try Self.ruleset(
            ["10.244.0.5", "10.244.0.6", "10.244.0.7"], spec: ["sessionAffinity": "ClientIP"]
        ).text
        let result = try load([rules], then: Self.servers + "for i in $(seq 12); do ask 10.96.0.100 8080; done")
        let answers = result.output.split(separator: "\n")
        #expect(answers.count == 12, "\(result.output)")
        #expect(Set(answers).count == 1)
    }

    @Test("a Service without endpoints refuses connections at once")
    func closedServicesRefuse() throws {
        let rules = try Self.ruleset([]).text
        // From the node itself, and from a pod behind a veth.
        let script =
            Self.servers + """
                ask 10.96.0.100 8080; ask 192.0.2.1 30080
                unshare --net sleep 60 &
                pod=$!
                sleep 0.3
                ip link add pod0 type veth peer name eth0 netns $pod
                ip addr add 10.244.9.1/24 dev pod0
                ip link set pod0 up
                inside() { nsenter --net=/proc/$pod/ns/net "$@"; }
                inside ip addr add 10.244.9.2/24 dev eth0
                inside ip link set eth0 up
                inside ip route add default via 10.244.9.1
                for target in 10.96.0.100/8080 192.0.2.1/30080; do
                  inside timeout 3 bash -c "exec 3<>/dev/tcp/$target" 2>&1 || true
                done
                """
        let result = try load([rules], then: script)
        #expect(result.output.components(separatedBy: "connect: Connection refused").count - 1 == 4, "\(result.output)")
    }

    @Test("an update moves new connections and leaves open ones where they are")
    func openConnectionsStay() throws {
        let before = try Self.ruleset(["10.244.0.5"])
        let after = try Self.ruleset(["10.244.0.6"])
        let update = try #require(after.update(from: before))
        let script =
            Self.servers + """
                serve 10.244.0.5 81 'while (<$c>) { print $c $_ }' &
                nft delete element ip purser-test address-1 '{ tcp . 10.96.0.100 . 8080 . 0 }'
                nft add element ip purser-test address-1 '{ tcp . 10.96.0.100 . 8080 . 0 : 10.244.0.5 . 81 }'
                sleep 0.3
                exec 3<>/dev/tcp/10.96.0.100/8080
                echo one >&3; read -r line <&3; echo "$line"
                nft -f - <<'RULES'
                \(update)RULES
                echo two >&3; read -r line <&3; echo "$line"
                ask 10.96.0.100 8080
                """
        let result = try load([before.text], then: script)
        #expect(result.output == "one\ntwo\n6\n", "\(result.output)")
    }
}
