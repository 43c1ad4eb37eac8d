import KubeClient
import KubeModel
import Logging
import PodLifecycle

/// Records Kubernetes Events through the API; a repeated one raises its count.
actor EventRecorder {
    private struct Key: Hashable {
        var uid: String
        var note: KubeEventNote
    }

    private struct Entry {
        var name: String
        var count: Int64
    }

    private let api: any NodeAPI
    private let nodeName: String
    private let logger: Logger
    private let queue: AsyncStream<(KubeObject, KubeEventNote)>
    private let inlet: AsyncStream<(KubeObject, KubeEventNote)>.Continuation
    private var entries: [Key: Entry] = [:]

    init(_ api: any NodeAPI, nodeName: String, logger: Logger) {
        (self.api, self.nodeName, self.logger) = (api, nodeName, logger)
        // What cannot be recorded fast enough is dropped: Events are a courtesy, the log is the record.
        (queue, inlet) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1000))
    }

    nonisolated func record(_ note: KubeEventNote, about object: KubeObject) { inlet.yield((object, note)) }

    func run() async {
        for await (object, note) in queue {
            do {
                try await write(note, object)
            } catch {
                logger.debug(
                    "an Event was not recorded", metadata: ["reason": "\(note.reason)", "error": "\(describe(error))"])
            }
        }
    }

    private func write(_ note: KubeEventNote, _ object: KubeObject) async throws {
        let key = Key(uid: object.uid, note: note)
        let now = Timestamp.now
        let namespace = object.namespace.isEmpty ? "default" : object.namespace
        if let entry = entries[key] {
            let patch: JSON = ["count": .int(entry.count + 1), "lastTimestamp": .string(now.rfc3339)]
            do {
                _ = try await api.patch(.events, namespace: namespace, name: entry.name, patch, subresource: nil)
                entries[key]?.count += 1
                return
            } catch let status as KubeStatus where status.code == 404 {
                entries[key] = nil
            }
        }
        if entries.count > 4000 { entries.removeAll() }
        let name = "\(object.name).\(String(UInt64(now.microseconds), radix: 16))"
        _ = try await api.create(.events, namespace: namespace, event(note, object, name: name, namespace, now))
        entries[key] = Entry(name: name, count: 1)
    }

    private func event(_ note: KubeEventNote, _ object: KubeObject, name: String, _ namespace: String, _ now: Timestamp)
        -> JSON
    {
        var involved: JSON = [
            "apiVersion": "v1", "kind": .string(object.kind.isEmpty ? "Pod" : object.kind),
            "name": .string(object.name),
            "uid": .string(object.uid),
        ]
        if !object.namespace.isEmpty { involved["namespace"] = .string(object.namespace) }
        if let container = note.container { involved["fieldPath"] = .string("spec.containers{\(container)}") }
        return [
            "apiVersion": "v1", "kind": "Event", "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "involvedObject": involved, "reason": .string(note.reason), "message": .string(note.message),
            "type": .string(note.isWarning ? "Warning" : "Normal"), "count": 1,
            "firstTimestamp": .string(now.rfc3339), "lastTimestamp": .string(now.rfc3339),
            "source": ["component": "purser-agent", "host": .string(nodeName)],
            "reportingComponent": "purser-agent", "reportingInstance": .string(nodeName),
        ]
    }
}
