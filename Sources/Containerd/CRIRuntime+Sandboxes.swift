import KubeModel

extension CRIRuntime {
    public func version() async throws -> RuntimeVersion {
        let response: CRIVersionResponse = try await call("Version", CRIVersionRequest())
        return RuntimeVersion(name: response.runtimeName, version: response.runtimeVersion)
    }

    public func conditions() async throws -> [RuntimeCondition] {
        let response: CRIStatusResponse = try await call("Status", CRIStatusRequest())
        return response.status.conditions.map {
            RuntimeCondition(type: $0.type, status: $0.status, reason: $0.reason, message: $0.message)
        }
    }

    public func runSandbox(_ config: SandboxConfig) async throws -> String {
        var request = CRIRunPodSandboxRequest()
        request.config = CRIPodSandboxConfig(config)
        let response: CRIPodSandboxReference = try await call(
            "RunPodSandbox", request, within: .seconds(240), repeatable: false)
        return response.podSandboxID
    }

    public func stopSandbox(_ id: String) async throws {
        let _: CRINothing = try await call("StopPodSandbox", Self.sandbox(id), within: .seconds(120))
    }

    public func removeSandbox(_ id: String) async throws {
        let _: CRINothing = try await call("RemovePodSandbox", Self.sandbox(id), within: .seconds(120))
    }

    public func sandboxStatus(_ id: String) async throws -> SandboxStatus {
        var request = CRIPodSandboxStatusRequest()
        request.podSandboxID = id
        request.verbose = true
        let response: CRIPodSandboxStatusResponse = try await call("PodSandboxStatus", request)
        return SandboxStatus(response)
    }

    public func sandboxes(_ filter: SandboxFilter) async throws -> [SandboxSummary] {
        var request = CRIListPodSandboxRequest()
        request.filter.id = filter.id ?? ""
        request.filter.labelSelector = filter.labels
        if let state = filter.state {
            request.filter.state.state = state == .ready ? .sandboxReady : .sandboxNotready
        }
        let response: CRIListPodSandboxResponse = try await call("ListPodSandbox", request)
        return response.items.map(SandboxSummary.init)
    }

    public func portForward(to sandbox: String, ports: [Int32]) async throws -> String {
        var request = CRIPortForwardRequest()
        request.podSandboxID = sandbox
        request.port = ports
        let response: CRIStreamingURL = try await call("PortForward", request)
        return response.url
    }

    private static func sandbox(_ id: String) -> CRIPodSandboxReference {
        var reference = CRIPodSandboxReference()
        reference.podSandboxID = id
        return reference
    }
}

extension CRIPodSandboxConfig {
    init(_ config: SandboxConfig) {
        self.init()
        metadata.name = config.name
        metadata.namespace = config.namespace
        metadata.uid = config.uid
        metadata.attempt = config.attempt
        hostname = config.hostname
        logDirectory = config.logDirectory
        if let dns = config.dns {
            dnsConfig.servers = dns.servers
            dnsConfig.searches = dns.searches
            dnsConfig.options = dns.options
        }
        portMappings = config.portMappings.map(CRIPortMapping.init)
        labels = config.labels
        annotations = config.annotations
        linux.cgroupParent = config.cgroupParent
        linux.sysctls = config.sysctls
        linux.securityContext = CRILinuxSandboxSecurityContext(config)
    }
}

extension CRILinuxSandboxSecurityContext {
    init(_ config: SandboxConfig) {
        self.init()
        namespaceOptions = CRINamespaceOption(config.namespaces)
        if let user = config.runAsUser { runAsUser.value = user }
        if let group = config.runAsGroup { runAsGroup.value = group }
        supplementalGroups = config.supplementalGroups
        privileged = config.privileged
        if let profile = config.seccomp { seccomp = CRISecurityProfile(profile) }
    }
}

extension CRIPortMapping {
    init(_ mapping: PortMapping) {
        self.init()
        `protocol` =
            switch mapping.transport {
            case .tcp: .tcp
            case .udp: .udp
            case .sctp: .sctp
            }
        containerPort = mapping.containerPort
        hostPort = mapping.hostPort
        hostIp = mapping.hostAddress
    }
}

extension CRINamespaceOption {
    init(_ options: NamespaceOptions) {
        func mode(_ mode: NamespaceMode) -> CRINamespaceMode {
            switch mode {
            case .pod: .pod
            case .container: .container
            case .node: .node
            }
        }
        self.init()
        network = mode(options.network)
        pid = mode(options.pid)
        ipc = mode(options.ipc)
    }
}

extension CRISecurityProfile {
    init(_ profile: SecurityProfile) {
        self.init()
        switch profile {
        case .runtimeDefault: profileType = .runtimeDefault
        case .unconfined: profileType = .unconfined
        case .localhost(let reference):
            profileType = .localhost
            localhostRef = reference
        }
    }
}
