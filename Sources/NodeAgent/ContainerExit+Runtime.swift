import Containerd
import KubeModel
import PodLifecycle

extension ContainerExit {
    /// How an exited container ended, with its termination message.
    init(_ status: ContainerStatus) {
        var reason = status.reason.isEmpty ? (status.exitCode == 0 ? "Completed" : "Error") : status.reason
        // A limit of the whole pod marks every container of it; only who was killed is out of memory.
        if reason == "OOMKilled", status.exitCode != 137 { reason = status.exitCode == 0 ? "Completed" : "Error" }
        let finished = status.finishedAt ?? status.createdAt
        self.init(
            exitCode: status.exitCode, reason: reason, message: Self.message(status),
            startedAt: status.startedAt ?? status.createdAt, finishedAt: finished)
    }

    /// The file that the container wrote, at most 4096 bytes; or the end of its log where it asked for that.
    private static func message(_ status: ContainerStatus) -> String {
        var bytes: [UInt8] = []
        if let file = status.annotations[RuntimeLabel.messagePath] { bytes = DurableFile.tail(file, bytes: 4096) }
        let fallsBack = status.annotations[RuntimeLabel.messagePolicy] == "FallbackToLogsOnError"
        if bytes.isEmpty, fallsBack, status.exitCode != 0 {
            let lines = LogLine.parse(DurableFile.tail(status.logPath, bytes: 8192)).suffix(80)
            bytes = Array(lines.flatMap(\.content).suffix(2048))
        }
        guard !bytes.isEmpty else { return status.message }
        return String(decoding: bytes, as: UTF8.self)
    }
}
