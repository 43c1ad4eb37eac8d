extension CRIContainerConfig {
    init(_ config: ContainerConfig) {
        self.init()
        metadata.name = config.name
        metadata.attempt = config.attempt
        image.image = config.image
        command = config.command
        args = config.arguments
        workingDir = config.workingDirectory
        envs = config.environment.map(CRIKeyValue.init)
        mounts = config.mounts.map(CRIMount.init)
        labels = config.labels
        annotations = config.annotations
        logPath = config.logPath
        stdin = config.stdin
        stdinOnce = config.stdinOnce
        tty = config.terminal
        linux.resources = CRILinuxContainerResources(config.resources)
        linux.securityContext = CRILinuxContainerSecurityContext(config.security, namespaces: config.namespaces)
    }
}

extension CRIKeyValue {
    init(_ variable: EnvironmentVariable) {
        self.init()
        key = variable.name
        value.append(contentsOf: variable.value.utf8)
    }
}

extension CRIMount {
    init(_ mount: ContainerMount) {
        self.init()
        containerPath = mount.containerPath
        hostPath = mount.hostPath
        readonly = mount.readOnly
        propagation =
            switch mount.propagation {
            case .none: .propagationPrivate
            case .hostToContainer: .propagationHostToContainer
            case .bidirectional: .propagationBidirectional
            }
    }
}

extension CRILinuxContainerResources {
    init(_ resources: ContainerResources) {
        self.init()
        cpuShares = resources.cpuShares ?? 0
        cpuQuota = resources.cpuQuotaMicroseconds ?? 0
        cpuPeriod = resources.cpuPeriodMicroseconds ?? 0
        memoryLimitInBytes = resources.memoryLimitBytes ?? 0
        memorySwapLimitInBytes = resources.memorySwapLimitBytes ?? 0
        oomScoreAdj = resources.oomScoreAdjustment ?? 0
    }
}

extension CRILinuxContainerSecurityContext {
    init(_ security: ContainerSecurity, namespaces: NamespaceOptions) {
        self.init()
        privileged = security.privileged
        capabilities.addCapabilities = security.addCapabilities
        capabilities.dropCapabilities = security.dropCapabilities
        namespaceOptions = CRINamespaceOption(namespaces)
        if let user = security.runAsUser { runAsUser.value = user }
        if let group = security.runAsGroup { runAsGroup.value = group }
        runAsUsername = security.runAsUserName
        supplementalGroups = security.supplementalGroups
        readonlyRootfs = security.readOnlyRootFilesystem
        noNewPrivs = security.noNewPrivileges
        if let profile = security.seccomp { seccomp = CRISecurityProfile(profile) }
        if let profile = security.appArmor { apparmor = CRISecurityProfile(profile) }
    }
}
