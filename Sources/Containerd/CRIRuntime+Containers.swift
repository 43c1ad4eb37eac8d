import KubeModel

extension CRIRuntime {
    public func createContainer(
        _ config: ContainerConfig, in sandbox: String, sandboxConfig: SandboxConfig
    ) async throws -> String {
        var request = CRICreateContainerRequest()
        request.podSandboxID = sandbox
        request.config = CRIContainerConfig(config)
        request.sandboxConfig = CRIPodSandboxConfig(sandboxConfig)
        let response: CRIContainerReference = try await call(
            "CreateContainer", request, within: .seconds(120), repeatable: false)
        return response.containerID
    }

    public func startContainer(_ id: String) async throws {
        let _: CRINothing = try await call(
            "StartContainer", Self.container(id), within: .seconds(120), repeatable: false)
    }

    public func stopContainer(_ id: String, graceSeconds: Int64) async throws {
        let grace = max(0, graceSeconds)
        var request = CRIStopContainerRequest()
        request.containerID = id
        request.timeout = grace
        // The runtime needs some time of its own after the grace period, on a loaded machine even much.
        let _: CRINothing = try await call("StopContainer", request, within: .seconds(grace + 120))
    }

    public func removeContainer(_ id: String) async throws {
        let _: CRINothing = try await call("RemoveContainer", Self.container(id), within: .seconds(60))
    }

    public func containerStatus(_ id: String) async throws -> ContainerStatus {
        var request = CRIContainerStatusRequest()
        request.containerID = id
        request.verbose = true
        let response: CRIContainerStatusResponse = try await call("ContainerStatus", request)
        return ContainerStatus(response)
    }

    public func containers(_ filter: ContainerFilter) async throws -> [ContainerSummary] {
        var request = CRIListContainersRequest()
        request.filter.id = filter.id ?? ""
        request.filter.podSandboxID = filter.sandbox ?? ""
        request.filter.labelSelector = filter.labels
        if let state = filter.state { request.filter.state.state = CRIContainerState(state) }
        let response: CRIListContainersResponse = try await call("ListContainers", request)
        return response.containers.map(ContainerSummary.init)
    }

    public func updateResources(of id: String, to resources: ContainerResources) async throws {
        var request = CRIUpdateContainerResourcesRequest()
        request.containerID = id
        request.linux = CRILinuxContainerResources(resources)
        let _: CRINothing = try await call("UpdateContainerResources", request)
    }

    public func reopenLog(of id: String) async throws {
        let _: CRINothing = try await call("ReopenContainerLog", Self.container(id))
    }

    private static func container(_ id: String) -> CRIContainerReference {
        var reference = CRIContainerReference()
        reference.containerID = id
        return reference
    }
}

extension CRIContainerState {
    init(_ state: ContainerState) {
        switch state {
        case .created: self = .containerCreated
        case .running: self = .containerRunning
        case .exited: self = .containerExited
        case .unknown: self = .containerUnknown
        }
    }
}

extension ContainerState {
    init(_ state: CRIContainerState) {
        switch state {
        case .containerCreated: self = .created
        case .containerRunning: self = .running
        case .containerExited: self = .exited
        case .containerUnknown, .UNRECOGNIZED: self = .unknown
        }
    }
}

extension ContainerSummary {
    init(_ item: CRIContainer) {
        self.init(
            id: item.id, sandbox: item.podSandboxID, name: item.metadata.name, attempt: item.metadata.attempt,
            image: item.image.image, imageID: item.imageRef, state: ContainerState(item.state),
            createdAt: Timestamp(nanoseconds: item.createdAt), labels: item.labels, annotations: item.annotations)
    }
}

extension ContainerStatus {
    init(_ response: CRIContainerStatusResponse) {
        let status = response.status
        self.init(
            id: status.id, name: status.metadata.name, attempt: status.metadata.attempt,
            state: ContainerState(status.state), createdAt: Timestamp(nanoseconds: status.createdAt),
            startedAt: status.startedAt > 0 ? Timestamp(nanoseconds: status.startedAt) : nil,
            finishedAt: status.finishedAt > 0 ? Timestamp(nanoseconds: status.finishedAt) : nil,
            exitCode: status.exitCode, image: status.image.image, imageReference: status.imageRef,
            reason: status.reason, message: status.message, labels: status.labels,
            annotations: status.annotations, logPath: status.logPath)
        guard state == .running, let text = response.info["info"], let info = try? JSON(parsing: text) else { return }
        processID = info.int("pid").flatMap { $0 > 0 ? Int32(truncatingIfNeeded: $0) : nil }
    }
}
