import Containerd
import KubeModel
import Testing

@Suite struct ContainerdConfigurationTests {
    private let configuration = ContainerdConfiguration(
        root: "/d/root", state: "/d/state", socket: "/d/run/c.sock", configurationDirectory: "/d/etc",
        cniConfigurationDirectory: "/d/cni",
        mirrors: [RegistryMirror(host: "docker.io", endpoint: "http://10.0.0.1:5000")],
        accountingHook: "/usr/lib/purser-hook", openFiles: 4096, sharedDirectories: ["/d/it's"])

    @Test("the files are the daemon's configuration, the base specification and one hosts.toml for each mirror")
    func files() throws {
        #expect(
            configuration.files.map(\.path)
                == ["/d/etc/config.toml", "/d/etc/base-spec.json", "/d/etc/certs.d/docker.io/hosts.toml"])
        let toml = configuration.files[0].text
        for line in [
            #"root = "/d/root""#, #"address = "/d/run/c.sock""#, "restrict_oom_score_adj = true",
            #"default_runtime_name = "crun""#, #"base_runtime_spec = "/d/etc/base-spec.json""#,
        ] { #expect(toml.contains(line)) }
        #expect(configuration.files[2].text.contains(#"[host."http://10.0.0.1:5000"]"#))
    }

    @Test("the base specification names the accounting hook and the limit of open files")
    func baseSpec() throws {
        let spec = try JSON(parsing: configuration.files[1].text)
        #expect(spec.array("hooks", "createRuntime").first?.string("path") == "/usr/lib/purser-hook")
        #expect(spec.array("process", "rlimits").first?.int("hard") == 4096)
        #expect(spec.array("mounts").contains { $0.string("destination") == "/proc" })
    }

    @Test("paths are quoted for the shell that starts the daemon")
    func quoting() {
        #expect(configuration.startCommand[2].contains(#"mount --make-shared '/d/it'\''s'"#))
    }
}
