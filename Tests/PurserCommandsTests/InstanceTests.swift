import FoundationEssentials
import Glibc
import KubeClient
import KubeModel
import SwiftASN1
import Testing
import X509

@testable import PurserCommands

@Suite struct InstanceTests {
    private func instance(_ name: String = "purser") -> Instance {
        Instance(
            name: name, directory: "/srv/x", nodeName: "n1", apiPort: 6443, registryPort: 5000, nodePort: 10250,
            serviceCIDR: "10.96.0.0/16", clusterCIDR: "10.244.0.0/16")
    }

    @Test("every name that is made outside the directory derives from the instance's")
    func names() {
        #expect(
            instance().bridge == "purser0" && instance().nftTable == "purser" && instance().cgroupParent == "/purser")
        #expect(instance("blue").bridge == "blue-0" && instance("blue").nftTable == "purser-blue")
        let long = instance(String(repeating: "a", count: 40))
        #expect(long.bridge.utf8.count <= 15 && long.bridge != instance(String(repeating: "a", count: 39)).bridge)
        #expect(Instance.isValid(name: "a-1") && !Instance.isValid(name: "A") && !Instance.isValid(name: "-a"))
        #expect(!Instance.isValid(name: "") && !Instance.isValid(name: "a/b"))
    }

    @Test("instances of other names ask for ports and ranges apart from the default's")
    func defaults() throws {
        #expect(Instance.ports(name: "purser") == [6443, 5000, 10250])
        let usual = try InstanceRanges(name: "purser", service: nil, cluster: nil, beside: [])
        #expect("\(usual.service) \(usual.cluster)" == "10.96.0.0/16 10.244.0.0/16")
        for number in 0..<200 {
            let ports = Instance.ports(name: "test-\(number)")
            #expect(ports.allSatisfy { (20_000..<30_010).contains($0) } && Set(ports).count == 3)
            let own = try InstanceRanges(name: "test-\(number)", service: nil, cluster: nil, beside: [])
            #expect(
                [own.service, own.cluster].allSatisfy { !$0.overlaps(usual.service) && !$0.overlaps(usual.cluster) })
        }
    }

    @Test("every new instance's ranges are apart from all others', until none is left")
    func apart() throws {
        var others: [Instance] = []
        for number in 0..<52 {
            let own = try InstanceRanges(
                name: number == 7 ? "purser" : "n\(number)", service: nil, cluster: nil, beside: others)
            var made = instance("n\(number)")
            (made.serviceCIDR, made.clusterCIDR) = (own.service.description, own.cluster.description)
            #expect(!made.ranges.contains { range in others.flatMap(\.ranges).contains { $0.overlaps(range) } })
            others.append(made)
        }
        let again = try InstanceRanges(name: "purser", service: nil, cluster: nil, beside: others)
        #expect(again.service.description != "10.96.0.0/16")
        others.append(instance())
        (others[52].serviceCIDR, others[52].clusterCIDR) = (again.service.description, again.cluster.description)
        let fault = #expect(throws: CommandError.self) {
            try InstanceRanges(name: "one-more", service: nil, cluster: nil, beside: others)
        }
        #expect(fault?.status == .conflict)
        #expect(fault?.message.contains("10.192.0.0/16 to 10.243.0.0/16") == true)
        #expect(fault?.next?.contains("--service-cidr") == true)
    }

    @Test("ranges that were asked for are taken as they are, unless they overlap one another")
    func askedRanges() throws {
        let other = instance()
        let asked = try InstanceRanges(name: "x", service: "10.96.0.0/16", cluster: "10.97.0.0/24", beside: [other])
        #expect("\(asked.service) \(asked.cluster)" == "10.96.0.0/16 10.97.0.0/24")
        let half = try InstanceRanges(name: "purser", service: nil, cluster: "10.96.0.0/12", beside: [])
        #expect(!half.service.overlaps(half.cluster))
        let fault = #expect(throws: CommandError.self) {
            try InstanceRanges(name: "x", service: "10.0.0.0/8", cluster: "10.97.0.0/24", beside: [])
        }
        #expect(
            fault?.status == .usage && fault?.message.contains("10.0.0.0/8 and the pods' range 10.97.0.0/24") == true)
        for text in ["10.96.0.0", "10.96.0.1/16", "10.96.0.0/7", "10.96.0.0/25", "::/64"] {
            #expect(InstanceRanges.range(text) == nil, "\(text)")
        }
    }

    @Test("what `up` writes for the server is what the server reads")
    func serverConfiguration() throws {
        let written = instance().serverConfiguration
        #expect(try ServerConfiguration(json: written.json, path: "f") == written)
        #expect(written.database == "host=/srv/x/run/postgres port=5432 dbname=purser user=purser")
    }

    @Test(
        "a server's file with a wrong or unknown member is refused by name", arguments: ["port", "colour", "database"])
    func badConfiguration(_ member: String) {
        var json = instance().serverConfiguration.json
        json[member] = true
        let fault = #expect(throws: CommandError.self) { try ServerConfiguration(json: json, path: "f.json") }
        #expect(fault?.message.contains("f.json: \"\(member)\"") == true)
    }

    @Test("certificates name their holders, are signed by the authority and fit their keys")
    func certificates() throws {
        let infrastructure = try PublicKeyInfrastructure(name: "test", now: Date())
        let authority = try Certificate(pemEncoded: infrastructure.authority.certificate)
        for (name, subject) in instance().certificateSubjects {
            let pair = try infrastructure.issue(subject)
            let certificate = try Certificate(pemEncoded: pair.certificate)
            #expect(authority.publicKey.isValidSignature(certificate.signature, for: certificate), "\(name)")
            #expect(try Certificate.PrivateKey(pemEncoded: pair.key).publicKey == certificate.publicKey)
            #expect(certificate.subject.description.contains("CN=\(subject.commonName)"))
        }
        let server = try Certificate(
            pemEncoded: infrastructure.issue(try #require(instance().certificateSubjects["server"])).certificate)
        let names = try #require(try server.extensions.subjectAlternativeNames).map { $0 }
        #expect(names.contains(.dnsName("kubernetes.default.svc.cluster.local")))
        #expect(names.contains(.ipAddress(ASN1OctetString(contentBytes: [10, 96, 0, 1]))))
        #expect(names.contains(.ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1]))))
    }

    @Test("units start in stages and run under the least privileged user")
    func units() throws {
        let programs = Prerequisites(
            initdb: "/pg/initdb", postgres: "/pg/postgres", containerd: "/usr/bin/containerd", runtime: "/usr/bin/crun",
            registry: "/usr/bin/docker-registry")
        let stages = ServiceUnit.stages(
            instance(), programs, executable: "/bin/purser", server: Owner(user: 990, group: 991),
            postgres: Owner(user: 101, group: 104), containerdCommand: ["containerd", "--config", "c.toml"])
        #expect(
            stages.map { $0.map(\.name) } == [
                ["postgres", "containerd", "registry"], ["migrate"], ["server"], ["agent"],
            ])
        let server = try #require(stages[2].first)
        #expect(
            server.command == [
                "setpriv", "--reuid=990", "--regid=991", "--clear-groups", "--", "/bin/purser", "server", "--config",
                "/srv/x/config/server.json",
            ])
        #expect(stages[3].first?.command.prefix(3) == ["nsenter", "--mount=/srv/x/run/namespaces/mnt", "--"])
        for unit in stages.joined() { #expect(try ServiceUnit(json: unit.json) == unit) }
    }

    @Test("what is missing is named by Debian package, in one command")
    func prerequisites() throws {
        let fault = #expect(throws: CommandError.self) {
            try Prerequisites.check(find: { _ in nil }, exists: { _ in false }, postgresDirectories: [])
        }
        #expect(
            fault?.next == "apt-get install --no-install-recommends containerd containernetworking-plugins crun "
                + "docker-registry iproute2 nftables passwd postgresql skopeo util-linux")
        let found = try Prerequisites.check(
            find: { "/bin/\($0)" }, exists: { _ in true }, postgresDirectories: ["/pg/16", "/pg/15"])
        #expect(found.initdb == "/pg/16/initdb" && found.runtime == "/bin/crun")
    }

    @Test("a process is known by its number and the moment of its start")
    func processes() throws {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 2"
        #expect(ProcessRecord.parse(stat, pid: 42) == ProcessRecord(pid: 42, startTime: 98_765))
        #expect(ProcessRecord.parse(stat.replacing(") S", with: ") Z"), pid: 42) == nil)
        let own = try #require(ProcessRecord.running(getpid()))
        #expect(own.isRunning && !ProcessRecord(pid: own.pid, startTime: own.startTime + 1).isRunning)
    }

    @Test("PostgreSQL's settings keep it durable and off the network")
    func postgres() {
        let settings = PostgresCluster.settings(socketDirectory: "/srv/x/run/postgres")
        for line in [
            "listen_addresses = ''", "fsync = on", "synchronous_commit = on", "full_page_writes = on", "jit = off",
        ] {
            #expect(settings.contains("\n\(line)\n"))
        }
        #expect(PostgresCluster.identities(server: "purser").contains("purser purser purser\n"))
    }
}
