import Containerd
import Glibc
import KubeModel
import LinuxNode
import Logging

/// Everything of the machine and the cluster that the agent works with.
public struct NodeMachine: Sendable {
    public var runtime: any ContainerRuntime
    public var cgroups: any PodCgroups
    public var network: any PodNetwork
    public var packetFilter: any PacketFilter
    public var volumes: any VolumeMounter
    public var api: any NodeAPI

    public init(
        runtime: any ContainerRuntime, cgroups: any PodCgroups, network: any PodNetwork,
        packetFilter: any PacketFilter, volumes: any VolumeMounter, api: any NodeAPI
    ) {
        (self.runtime, self.cgroups, self.network) = (runtime, cgroups, network)
        (self.packetFilter, self.volumes, self.api) = (packetFilter, volumes, api)
    }
}

extension Timestamp {
    /// The machine's clock.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

/// A text for a person, whatever the error is.
func describe(_ error: any Error) -> String {
    switch error {
    case let error as KubeStatus: error.message
    case let error as RuntimeError: error.message
    default: "\(error)"
    }
}
