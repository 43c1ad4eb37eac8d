import GRPCCore
import GRPCProtobuf
import SwiftProtobuf

extension CRIRuntime {
    private static let events = "containerd.services.events.v1.Events"
    /// The namespace that the runtime's pods are in.
    private static let namespace = "k8s.io"

    public func watchEvents(_ handle: @escaping @Sendable (RuntimeEvent) async -> Void) async throws {
        while true {
            do {
                try await watchOnce(handle)
            } catch let error as RuntimeError where error.code == .unimplemented || error.code == .permissionDenied {
                throw error
            } catch is RuntimeError {
                // containerd went away; the subscription is made anew once it is back.
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// One subscription, until its connection ends.
    ///
    /// containerd does not tell when a subscription has begun, it only sends events. So we publish a mark of our own
    /// until it comes back: from then on nothing is missed.
    private func watchOnce(_ handle: @escaping @Sendable (RuntimeEvent) async -> Void) async throws {
        let mark = "/purser/mark\(UInt64.random(in: 0...UInt64.max))"
        let (marks, sawMark) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await self.subscribe(to: ["/tasks/start", "/tasks/exit", "/tasks/oom", mark]) { envelope in
                    if envelope.topic == mark {
                        sawMark.yield()
                    } else if let event = RuntimeEvent(envelope) {
                        await handle(event)
                    }
                }
            }
            group.addTask {
                guard try await self.publish(mark, until: marks) else { return }
                await handle(.subscribed)
                try await Task.sleep(for: .seconds(1_000_000_000))
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// - Returns: false when the subscription ended before the mark came back.
    private func publish(_ mark: String, until seen: AsyncStream<Void>) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in seen { return true }
                return false
            }
            group.addTask {
                while true {
                    try await self.publish(mark)
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    private func subscribe(
        to topics: [String], _ handle: @escaping @Sendable (ContainerdEnvelope) async -> Void
    ) async throws {
        var request = ContainerdSubscribeRequest()
        request.filters = topics.map { "namespace==\(Self.namespace),topic==\"\($0)\"" }
        do {
            try await client.serverStreaming(
                request: ClientRequest(message: request),
                descriptor: MethodDescriptor(
                    fullyQualifiedService: Self.events, method: "Subscribe", type: .serverStreaming),
                serializer: ProtobufSerializer<ContainerdSubscribeRequest>(),
                deserializer: ProtobufDeserializer<ContainerdEnvelope>(),
                options: Self.options(timeout: nil)
            ) { response in
                for try await envelope in response.messages { await handle(envelope) }
            }
        } catch let error as RPCError {
            throw RuntimeError(error, call: "Subscribe")
        }
    }

    private func publish(_ topic: String) async throws {
        var request = ContainerdPublishRequest()
        request.topic = topic
        request.event.typeURL = "containerd.events.TaskStart"
        let _: CRINothing = try await call(
            "Publish", request, service: Self.events, metadata: ["containerd-namespace": "\(Self.namespace)"])
    }
}

extension RuntimeEvent {
    /// Nil for what is of no interest, the end of an exec included.
    init?(_ envelope: ContainerdEnvelope) {
        let bytes = envelope.event.value
        switch envelope.topic {
        case "/tasks/start":
            guard let event = try? ContainerdTaskStart(serializedBytes: bytes) else { return nil }
            self = .started(container: event.containerID)
        case "/tasks/exit":
            guard let event = try? ContainerdTaskExit(serializedBytes: bytes), event.id == event.containerID
            else { return nil }
            self = .exited(container: event.containerID, exitCode: Int32(truncatingIfNeeded: event.exitStatus))
        case "/tasks/oom":
            guard let event = try? ContainerdTaskOOM(serializedBytes: bytes) else { return nil }
            self = .outOfMemory(container: event.containerID)
        default: return nil
        }
    }
}
