import Containerd
import KubeClient
import KubeModel
import LinuxNode
import PodLifecycle

extension PodExecutor {
    func prepare(_ snapshot: PodSnapshot) async throws -> Observation {
        if let reason = PodSupport.refusal(snapshot.pod) { return .refused(reason: "NotSupported", message: reason) }
        let machine = node.machine
        try machine.cgroups.prepare(pod: uid, limits: PodLimits(snapshot.pod))
        try await node.meter.begin(snapshot.pod.object)
        logDirectory = try machine.volumes.logDirectory(
            pod: uid, namespace: snapshot.pod.namespace, name: snapshot.pod.name)
        do {
            try await provideVolumes(snapshot)
        } catch let failure as VolumeFailure {
            return .prepareFailed(reason: "FailedMount", message: failure.message)
        } catch let failure as NodeError {
            return .prepareFailed(reason: "FailedMount", message: failure.message)
        } catch let failure as ContainerConfigFailure {
            return .prepareFailed(reason: "FailedMount", message: failure.message)
        }
        return .prepared
    }

    /// Provides all volumes, or brings their files up to date.
    func provideVolumes(_ snapshot: PodSnapshot) async throws {
        let sources = ConfigSources(node.machine.api, namespace: snapshot.pod.namespace)
        let resolution = VolumeResolution(fields: fields(snapshot), pod: snapshot.pod, sources: sources)
        let group = snapshot.pod.object.spec.int("securityContext", "fsGroup").map { UInt32(clamping: $0) }
        for volume in snapshot.pod.object.spec.array("volumes") {
            guard let name = volume.string("name") else { continue }
            do {
                volumePaths[name] = try node.machine.volumes.provide(
                    try await resolution.resolve(volume), name: name, pod: uid, group: group)
            } catch let failure as VolumeFailure {
                throw VolumeFailure(message: "MountVolume.SetUp failed for volume \"\(name)\" : \(failure.message)")
            }
        }
    }

    func createSandbox(_ attempt: Int, _ snapshot: PodSnapshot) async throws -> Observation {
        let config = try sandboxConfig(snapshot, attempt: attempt)
        let id = try await node.machine.runtime.runSandbox(config)
        let status = try await node.machine.runtime.sandboxStatus(id)
        try await node.meter.connect(pod: uid, interfaces: status.nodeInterfaces)
        return .sandboxCreated(id: id, attempt: attempt, addresses: status.addresses)
    }

    private func sandboxConfig(_ snapshot: PodSnapshot, attempt: Int) throws -> SandboxConfig {
        let directory =
            try logDirectory
            ?? node.machine.volumes.logDirectory(pod: uid, namespace: snapshot.pod.namespace, name: snapshot.pod.name)
        logDirectory = directory
        return SandboxConfig(
            snapshot.pod, attempt: attempt, logDirectory: directory,
            cgroupParent: node.machine.cgroups.cgroupParent(pod: uid), configuration: node.configuration)
    }

    func ensureImage(
        _ container: String, _ image: String, _ policy: ContainerDefinition.PullPolicy, _ snapshot: PodSnapshot
    ) async -> Observation {
        let runtime = node.machine.runtime
        do {
            let present = try await runtime.image(image)
            if policy != .always, let present {
                return .imageReady(container: container, imageID: present.id, pulled: false)
            }
            if policy == .never { return .imageAbsent(container: container) }
            note("Pulling", "Pulling image \"\(image)\"", container, snapshot)
            let credentials = try await credentials(image, snapshot)
            let reference = try await runtime.pullImage(image, credentials: credentials)
            let pulled = try await runtime.image(image)
            return .imageReady(container: container, imageID: pulled?.id ?? reference, pulled: true)
        } catch {
            return .imageFailed(container: container, message: describe(error))
        }
    }

    func note(
        _ reason: String, _ message: String, _ container: String, _ snapshot: PodSnapshot, isWarning: Bool = false
    ) {
        node.events.record(
            KubeEventNote(reason, message, container: container, isWarning: isWarning), about: snapshot.pod.object)
    }

    /// What `imagePullSecrets` hold for the image's registry.
    private func credentials(_ image: String, _ snapshot: PodSnapshot) async throws -> RegistryCredentials? {
        let first = image.split(separator: "/").first.map(String.init) ?? ""
        let hasHost = image.contains("/") && (first.contains(".") || first.contains(":") || first == "localhost")
        let registry = hasHost ? first : "docker.io"
        let sources = ConfigSources(node.machine.api, namespace: snapshot.pod.namespace)
        for reference in snapshot.pod.object.spec.array("imagePullSecrets") {
            guard let name = reference.string("name"), let values = try await sources.values(.secrets, name),
                let file = values[".dockerconfigjson"], let auths = try? JSON(parsing: file).object("auths")
            else { continue }
            for (server, entry) in auths where server.contains(registry) {
                return RegistryCredentials(
                    username: entry.string("username") ?? "", password: entry.string("password") ?? "",
                    auth: entry.string("auth") ?? "", identityToken: entry.string("identitytoken") ?? "",
                    serverAddress: server)
            }
        }
        return nil
    }

    func startContainer(
        _ name: String, _ attempt: Int, _ imageID: String, _ snapshot: PodSnapshot
    ) async throws -> Observation {
        guard let container = snapshot.pod.container(name), let sandbox = snapshot.sandboxID else {
            throw ContainerConfigFailure(message: "the pod has no sandbox")
        }
        let runtime = node.machine.runtime
        let id: String
        do {
            let config = try await containerConfig(container, attempt, imageID, snapshot)
            let sandboxConfig = try sandboxConfig(snapshot, attempt: snapshot.sandboxAttempt)
            if let directory = logDirectory { try DurableFile.makeDirectory("\(directory)/\(name)") }
            id = try await runtime.createContainer(config, in: sandbox, sandboxConfig: sandboxConfig)
        } catch let failure as ContainerConfigFailure {
            return .configFailed(container: name, reason: failure.reason, message: failure.message)
        } catch let failure as RuntimeError where failure.code != .unavailable {
            return .configFailed(container: name, reason: "CreateContainerError", message: failure.message)
        }
        try await node.meter.add(container: id, name: name, restart: attempt, pod: uid)
        note("Created", "Container created", name, snapshot)
        do {
            try await runtime.startContainer(id)
        } catch let failure as RuntimeError where failure.code != .unavailable {
            return .startFailed(container: name, id: id, attempt: attempt, imageID: imageID, message: failure.message)
        }
        let status = try await runtime.containerStatus(id)
        return .started(
            container: name, id: id, attempt: attempt, imageID: status.imageReference, at: status.startedAt ?? .now)
    }

    private func containerConfig(
        _ container: ContainerDefinition, _ attempt: Int, _ imageID: String, _ snapshot: PodSnapshot
    ) async throws -> ContainerConfig {
        let sources = ConfigSources(node.machine.api, namespace: snapshot.pod.namespace)
        let environment = try await ContainerEnvironment.resolve(
            container, fields(snapshot), services: node.services.all(), sources: sources)
        let messageFile = "\(messageDirectory)/\(container.name)_\(attempt)"
        try DurableFile.makeWritable(messageFile)
        let plan = ContainerPlan(
            pod: snapshot.pod, container: container, attempt: attempt, environment: environment,
            volumePaths: volumePaths, volumes: node.machine.volumes, hostsFile: try hostsFile(snapshot),
            messageFile: messageFile, nodeName: node.configuration.nodeName, nodeMemory: node.nodeMemory)
        return try plan.config(image: await node.machine.runtime.image(container.image), imageID: imageID)
    }

    /// The pod's `/etc/hosts`; nil in the node's network, where the node's own is used.
    private func hostsFile(_ snapshot: PodSnapshot) throws -> String? {
        guard !snapshot.pod.isHostNetwork, let address = snapshot.addresses.first else { return nil }
        let spec = snapshot.pod.object.spec
        let hostname = spec.string("hostname") ?? snapshot.pod.name
        var names = hostname
        if let subdomain = spec.string("subdomain"), !subdomain.isEmpty {
            names =
                "\(hostname).\(subdomain).\(snapshot.pod.namespace).svc."
                + "\(node.configuration.clusterDomain)\t\(hostname)"
        }
        var text = """
            # Written by the node agent; changes are lost when the container restarts.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            \(address)\t\(names)

            """
        for alias in spec.array("hostAliases") {
            let aliases = alias.array("hostnames").compactMap(\.stringValue).joined(separator: "\t")
            text += "\(alias.string("ip") ?? "")\t\(aliases)\n"
        }
        let path = "\(messageDirectory)/hosts"
        try DurableFile.makeDirectory(messageDirectory)
        try PrivateFile.write(text, to: path, mode: 0o644)
        return path
    }

    func stopContainer(
        _ name: String, _ id: String, _ preStop: LifecycleHandler?, _ grace: Int64, _ snapshot: PodSnapshot
    ) async throws -> Observation {
        let begun = ContinuousClock.now
        if let preStop, grace > 0 {
            let failure = await node.probes.run(
                preStop, container: id, address: snapshot.addresses.first, timeout: Double(grace))
            if let failure {
                note("FailedPreStopHook", "PreStopHook failed: \(failure)", name, snapshot, isWarning: true)
            }
        }
        // A hook that took all the time still leaves the process two seconds, as in Kubernetes.
        let spent = (ContinuousClock.now - begun).components.seconds
        let left = grace <= 0 ? 0 : preStop == nil ? grace : max(2, grace - spent)
        try await node.machine.runtime.stopContainer(id, graceSeconds: left)
        let status = try await node.machine.runtime.containerStatus(id)
        return .exited(container: name, id: id, exit: ContainerExit(status))
    }
}
