import Glibc

/// A thread of its own for work that blocks, so that no thread of the cooperative pool ever does.
enum DedicatedThread {
    /// Starts a detached thread; false if the system has none to give.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let failed = pthread_create(&thread, nil, { Box.run($0) }, box.toOpaque())
        guard failed == 0 else {
            box.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// Runs blocking work on a thread of its own and waits for it without blocking.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () -> Result<Value, PostgresError>
    ) async throws(PostgresError) -> Value {
        let result = await withCheckedContinuation { continuation in
            if !start({ continuation.resume(returning: body()) }) {
                continuation.resume(returning: .failure(.notSent("no thread could be started")))
            }
        }
        return try result.get()
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }

        static func run(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
            if let pointer { Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body() }
            return nil
        }
    }
}
