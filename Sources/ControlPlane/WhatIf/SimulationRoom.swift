import KubeModel
import Synchronization

/// Lets simulations run, few at a time and each on a thread of its own, so that nothing else waits for them.
public final class SimulationRoom: Sendable {
    /// How many run at once.
    public static let places = 2
    private let taken = Mutex(0)

    public init() {}

    /// - Throws: 503 while all places are taken, else what `body` throws.
    public func withPlace<Result>(_ body: () async throws -> Result) async throws -> Result {
        let isFree = taken.withLock { taken in
            guard taken < Self.places else { return false }
            taken += 1
            return true
        }
        guard isFree else {
            throw KubeStatus.serviceUnavailable(
                "\(Self.places) simulations are running already; try again when one of them has ended")
        }
        defer { taken.withLock { $0 -= 1 } }
        return try await body()
    }

    /// Runs what takes the processor for long, in the caller's task.
    public func run<Result: Sendable>(_ body: @Sendable () throws -> Result) async throws -> Result {
        try await SimulationThread().run(body)
    }
}

private actor SimulationThread {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let executor = ThreadExecutor(name: "what-if")

    init() { unownedExecutor = executor.asUnownedSerialExecutor() }
    deinit { executor.stop() }

    func run<Result: Sendable>(_ body: @Sendable () throws -> Result) throws -> Result { try body() }
}
