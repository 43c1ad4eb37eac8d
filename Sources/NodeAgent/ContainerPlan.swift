import Containerd
import KubeModel
import LinuxNode
import PodLifecycle

/// Makes the runtime's configuration of one attempt of one container.
struct ContainerPlan {
    let pod: PodDefinition
    let container: ContainerDefinition
    let attempt: Int
    let environment: ContainerEnvironment
    /// Paths on the node by the volumes' names.
    let volumePaths: [String: String]
    let volumes: any VolumeMounter
    /// Files of the agent's that go into the container.
    let hostsFile: String?
    let messageFile: String
    let nodeName: String
    let nodeMemory: Int64

    func config(image: ImageSummary?, imageID: String) throws -> ContainerConfig {
        let spec = container.spec
        var security = ContainerSecurity(container, pod: pod)
        try security.settleUser(container, pod: pod, image: image)
        return ContainerConfig(
            name: container.name, attempt: UInt32(clamping: attempt), image: imageID,
            command: spec.array("command").compactMap(\.stringValue).map(environment.expand),
            arguments: spec.array("args").compactMap(\.stringValue).map(environment.expand),
            workingDirectory: spec.string("workingDir") ?? "", environment: environment.variables, mounts: try mounts(),
            labels: RuntimeLabel.pod(pod.object, node: nodeName).merging([RuntimeLabel.containerName: container.name]) {
                $1
            },
            annotations: [
                RuntimeLabel.messagePath: messageFile,
                RuntimeLabel.messagePolicy: spec.string("terminationMessagePolicy") ?? "File",
            ], logPath: "\(container.name)/\(attempt).log", stdin: spec.bool("stdin") ?? false,
            stdinOnce: spec.bool("stdinOnce") ?? false, terminal: spec.bool("tty") ?? false,
            resources: ContainerResources(container, qosClass: pod.qosClass, nodeMemory: nodeMemory),
            security: security,
            namespaces: SandboxConfig.namespaces(pod.object.spec))
    }

    private func mounts() throws -> [ContainerMount] {
        var mounts = try container.spec.array("volumeMounts").map(mount)
        let taken = Set(mounts.map(\.containerPath))
        if let hostsFile, !taken.contains("/etc/hosts") {
            mounts.append(ContainerMount(containerPath: "/etc/hosts", hostPath: hostsFile))
        }
        let messagePath = container.spec.string("terminationMessagePath") ?? "/dev/termination-log"
        if !taken.contains(messagePath) {
            mounts.append(ContainerMount(containerPath: messagePath, hostPath: messageFile))
        }
        return mounts
    }

    private func mount(_ json: JSON) throws -> ContainerMount {
        let name = json.string("name") ?? ""
        guard var path = volumePaths[name] else {
            throw ContainerConfigFailure(message: "volume \"\(name)\" is not provided")
        }
        let inside = json.string("subPath") ?? json.string("subPathExpr").map(environment.expand) ?? ""
        if !inside.isEmpty {
            do {
                path = try volumes.subPath(inside, in: path)
            } catch {
                throw ContainerConfigFailure(
                    message: "failed to prepare subPath for volumeMount \"\(name)\": \(describe(error))")
            }
        }
        return ContainerMount(
            containerPath: json.string("mountPath") ?? "/", hostPath: path, readOnly: json.bool("readOnly") ?? false,
            propagation: ContainerMount.Propagation(rawValue: json.string("mountPropagation") ?? "None") ?? .none)
    }
}
