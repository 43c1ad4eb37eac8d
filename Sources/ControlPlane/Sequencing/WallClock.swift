import Foundation
import KubeModel

/// The server's idea of the time; tests bring their own.
public protocol WallClock: Sendable {
    var now: Timestamp { get }
}

public struct SystemWallClock: WallClock {
    public init() {}

    public var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

/// A clock that stands at the moment that is looked at.
public struct StoppedClock: WallClock {
    public let now: Timestamp
    public init(at now: Timestamp) { self.now = now }
}
