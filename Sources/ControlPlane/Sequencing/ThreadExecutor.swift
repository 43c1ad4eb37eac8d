import Foundation
import Synchronization

/// A serial executor with a thread of its own, so that what must not wait behind other work does not.
public final class ThreadExecutor: SerialExecutor {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)

    public init(name: String) {
        let thread = Thread { [self] in run() }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = queue.withLock { queue in
            queue.jobs.append(job)
            return queue.jobs.count == 1
        }
        if isFirst { wake.signal() }
    }

    /// Ends the thread once its jobs are done.
    public func stop() {
        queue.withLock { $0.isStopped = true }
        wake.signal()
    }

    private func run() {
        while true {
            wake.wait()
            while true {
                let (jobs, isStopped) = queue.withLock { queue in
                    defer { queue.jobs.removeAll(keepingCapacity: true) }
                    return (queue.jobs, queue.isStopped)
                }
                if jobs.isEmpty {
                    if isStopped { return }
                    break
                }
                for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            }
        }
    }
}
