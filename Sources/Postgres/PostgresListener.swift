import CLibPQ
import CLinux
import Glibc
import Synchronization

/// A thread that listens to one channel, connects again by itself, and calls back at every notice and, since notices
/// can be lost, at least once an interval.
public final class PostgresListener: Sendable {
    private let stop: StopSignal

    /// - Parameters:
    ///   - channel: an SQL identifier.
    ///   - interval: milliseconds between two calls at most.
    ///   - body: must not block.
    public init(_ conninfo: String, channel: String, interval: Int32, _ body: @escaping @Sendable () -> Void) {
        let stop = StopSignal()
        self.stop = stop
        _ = DedicatedThread.start {
            while !stop.isRaised {
                Self.listen(conninfo, channel: channel, interval: interval, stop: stop, body)
                body()
                stop.wait(interval)
            }
        }
    }

    deinit { stop.raise() }

    /// Listens until the connection is lost or the listener stopped.
    private static func listen(
        _ conninfo: String, channel: String, interval: Int32, stop: StopSignal, _ body: () -> Void
    ) {
        guard let connection = LibPQ.connect(conninfo) else { return }
        defer { PQfinish(connection) }
        guard PQstatus(connection) == CONNECTION_OK else { return }
        PQclear(PQexec(connection, "LISTEN \(channel)"))
        while !stop.isRaised, PQstatus(connection) == CONNECTION_OK {
            body()
            stop.wait(interval, or: PQsocket(connection))
            guard PQconsumeInput(connection) == 1 else { return }
            while let notice = PQnotifies(connection) { PQfreemem(notice) }
        }
    }
}

/// Tells a thread to end, also while it polls.
private final class StopSignal: Sendable {
    private let descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    private let raised = Atomic(false)

    deinit { close(descriptor) }

    var isRaised: Bool { raised.load(ordering: .acquiring) }

    func raise() {
        raised.store(true, ordering: .releasing)
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Waits for the signal, for input on a socket, or until so many milliseconds passed.
    func wait(_ milliseconds: Int32, or socket: Int32 = -1) {
        var descriptors = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&descriptors, 2, milliseconds)
    }
}
