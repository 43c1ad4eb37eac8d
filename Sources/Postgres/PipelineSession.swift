import CLibPQ
import Glibc

/// The life of a connection on its own thread: sends what tasks queued, polls, hands results back in order.
final class PipelineSession {
    private struct InFlight {
        let request: Request
        /// True if the statement's preparation was sent before it.
        let prepares: Bool
        /// True until the answer to that preparation came.
        var awaitsPreparation: Bool
        var result: PostgresResult?
        var error: PostgresError?
    }

    private let connection: OpaquePointer
    private let queue: RequestQueue
    private var inFlight: [InFlight] = []
    private var prepared: Set<String> = []

    private init(_ connection: OpaquePointer, queue: RequestQueue) {
        (self.connection, self.queue) = (connection, queue)
    }

    static func run(_ conninfo: String, setup: [String], queue: RequestQueue) {
        guard let connection = LibPQ.connect(conninfo) else { return queue.end("out of memory") }
        defer { PQfinish(connection) }
        guard PQstatus(connection) == CONNECTION_OK else { return queue.end(LibPQ.message(connection)) }
        for sql in setup {
            let result = PQexec(connection, sql)
            defer { PQclear(result) }
            guard let result, LibPQ.isSuccess(result) else { return queue.end(LibPQ.message(connection)) }
        }
        guard PQenterPipelineMode(connection) == 1, PQsetnonblocking(connection, 1) == 0 else {
            return queue.end(LibPQ.message(connection))
        }
        let session = PipelineSession(connection, queue: queue)
        let reason = session.serve()
        for entry in session.inFlight { entry.request.finish(.failure(.outcomeUnknown(reason))) }
        queue.end(reason)
    }

    /// Serves until the connection is lost or closed; returns why it ended.
    private func serve() -> String {
        while true {
            let batch = queue.take()
            guard send(batch) else { return LibPQ.message(connection) }
            cancel(batch.cancelled)
            if batch.isClosing && inFlight.isEmpty { return "the connection was closed" }
            let flushed = PQflush(connection)
            guard flushed >= 0, wait(forOutput: flushed > 0) else { return LibPQ.message(connection) }
        }
    }

    private func send(_ batch: RequestQueue.Batch) -> Bool {
        var isAlive = true
        for request in batch.requests {
            if !isAlive {
                request.finish(.failure(.notSent(LibPQ.message(connection))))
            } else if batch.cancelled.contains(request.id) {
                request.finish(.failure(.cancelled))
            } else {
                isAlive = send(request)
            }
        }
        return isAlive
    }

    /// Queues a statement, its preparation before it if need be, and a sync behind, which bounds its transaction.
    private func send(_ request: Request) -> Bool {
        let (statement, parameters) = (request.statement, request.parameters)
        // Statements behind this one may rely on its preparation before the answer is there.
        let prepares = prepared.insert(statement.name).inserted
        let entry = InFlight(request: request, prepares: prepares, awaitsPreparation: prepares)
        if prepares {
            let count = Int32(parameters.types.count)
            guard PQsendPrepare(connection, statement.name, statement.sql, count, parameters.types) == 1 else {
                inFlight.append(entry)
                return false
            }
        }
        inFlight.append(entry)
        return sendExecution(of: statement, parameters) && PQpipelineSync(connection) == 1
    }

    private func sendExecution(of statement: PostgresStatement, _ parameters: EncodedParameters) -> Bool {
        parameters.bytes.withUnsafeBytes { bytes in
            // An empty value still needs an address: a null pointer is NULL to libpq.
            withUnsafeBytes(of: UInt8(0)) { empty in
                let base = bytes.baseAddress ?? empty.baseAddress
                let pointers = parameters.offsets.map { offset in
                    offset.flatMap { base?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
                }
                let formats = [Int32](repeating: 1, count: pointers.count)
                return PQsendQueryPrepared(
                    connection, statement.name, Int32(pointers.count), pointers, parameters.lengths, formats, 1) == 1
            }
        }
    }

    /// Waits for the server or a task, then takes in what the server sent. False once the connection is lost.
    private func wait(forOutput: Bool) -> Bool {
        let events = Int16(POLLIN) | (forOutput ? Int16(POLLOUT) : 0)
        var descriptors = [
            pollfd(fd: PQsocket(connection), events: events, revents: 0),
            pollfd(fd: queue.wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&descriptors, 2, -1) >= 0 else { return errno == EINTR }
        guard descriptors[0].revents & ~Int16(POLLOUT) != 0 else { return true }
        let isAlive = PQconsumeInput(connection) == 1
        takeResults()
        return isAlive && PQstatus(connection) == CONNECTION_OK
    }

    private func takeResults() {
        var separators = 0
        while !inFlight.isEmpty, PQisBusy(connection) == 0, separators < 2 {
            if let result = PQgetResult(connection) {
                separators = 0
                take(result)
            } else {
                // libpq ends each statement's results with a null; two in a row mean that there is nothing more.
                separators += 1
            }
        }
    }

    private func take(_ result: OpaquePointer) {
        let status = PQresultStatus(result)
        if status == PGRES_PIPELINE_SYNC {
            PQclear(result)
            return finishFirst()
        }
        if status == PGRES_PIPELINE_ABORTED { return PQclear(result) }
        guard LibPQ.isSuccess(result) else {
            defer { PQclear(result) }
            inFlight[0].error = inFlight[0].error ?? LibPQ.error(result)
            return
        }
        if inFlight[0].awaitsPreparation {
            inFlight[0].awaitsPreparation = false
            PQclear(result)
        } else {
            inFlight[0].result = PostgresResult(result)
        }
    }

    private func finishFirst() {
        let entry = inFlight.removeFirst()
        if let error = entry.error {
            if entry.awaitsPreparation { prepared.remove(entry.request.statement.name) }
            // The preparation that this one relied on failed, so that it did not run: it goes again with its own.
            if error.sqlState == "26000", !entry.prepares {
                _ = send(entry.request)
                return
            }
            entry.request.finish(.failure(error))
        } else if let result = entry.result {
            entry.request.finish(.success(result))
        } else {
            entry.request.finish(.failure(.unexpectedResult("no result")))
        }
    }

    /// Cancels the statement in flight if it alone is; with others behind it, the wrong one could be hit.
    private func cancel(_ ids: Set<UInt64>) {
        guard inFlight.count == 1, ids.contains(inFlight[0].request.id), let handle = PQgetCancel(connection) else {
            return
        }
        var message = [CChar](repeating: 0, count: 256)
        PQcancel(handle, &message, 256)
        PQfreeCancel(handle)
    }
}
