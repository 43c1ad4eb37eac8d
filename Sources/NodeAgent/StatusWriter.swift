import KubeClient
import KubeModel
import Logging

/// Writes a pod's status to the API: only what changed, the newest only, one write at a time.
actor StatusWriter {
    private let api: any NodeAPI
    private let pod: KubeObject
    private let logger: Logger
    private var acknowledged: JSON
    private var wanted: JSON?
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(_ api: any NodeAPI, _ pod: KubeObject, logger: Logger) {
        (self.api, self.pod, self.logger) = (api, pod, logger)
        acknowledged = pod.status
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func offer(_ status: JSON) {
        guard status != wanted else { return }
        wanted = status
        signal.yield()
    }

    /// Somebody else wrote the status: what differs is written again.
    func observed(_ status: JSON) {
        guard let wanted, Self.difference(wanted, status) != nil, Self.difference(acknowledged, status) != nil else {
            return
        }
        acknowledged = status
        signal.yield()
    }

    /// Writes until cancelled, trying again after failures.
    func run() async {
        var backoff = Backoff()
        for await _ in signals {
            while !Task.isCancelled {
                do {
                    try await push()
                    backoff.reset()
                    break
                } catch let status as KubeStatus where [404, 409].contains(status.code) {
                    break
                } catch {
                    logger.debug(
                        "a pod's status was not written",
                        metadata: ["pod": "\(pod.name)", "error": "\(describe(error))"])
                    try? await Task.sleep(for: backoff.next())
                }
            }
        }
    }

    /// Writes the newest status now.
    func push() async throws {
        guard let status = wanted, let difference = Self.difference(status, acknowledged) else { return }
        _ = try await api.patch(
            .pods, namespace: pod.namespace, name: pod.name,
            ["metadata": ["uid": .string(pod.uid)], "status": difference], subresource: "status")
        acknowledged = status
    }

    /// The members of `new` that `old` has not.
    static func difference(_ new: JSON, _ old: JSON) -> JSON? {
        var patch: JSONObject = [:]
        for (key, value) in new.objectValue ?? [:] where old[key] != value { patch[key] = value }
        return patch.isEmpty ? nil : .object(patch)
    }
}
