import CommandHandling
import ControlPlane
import EventLog
import KubeModel
import Merkle

extension PurserEndpoints {
    /// A file of the log in the layout of C2SP's tlog-tiles, below `/apis/purser.dev/v1alpha1/log/`.
    func logFile(_ resource: ResourceRequest, _ call: APICall) async throws(KubeStatus) -> HTTPResponse {
        guard let file = LogResource(path: resource.name) else {
            throw Self.missing("the log has no file \(resource.name); the layout is that of c2sp.org/tlog-tiles")
        }
        let files = StoredLogFiles(log: cluster.log)
        let isCosigned = file == .checkpoint && call.request.query["cosigned"] == "true"
        let bytes = try await logFile {
            if isCosigned { return Array(try await files.cosignedCheckpoint().utf8) }
            return try await files.bytes(of: file)
        }
        return file.isImmutable ? Self.immutable(bytes) : Self.note(bytes)
    }

    /// The newest signed tree head, or the smallest of at least `size`, with its cosignatures.
    func checkpoint(_ query: Query) async throws(KubeStatus) -> HTTPResponse {
        let size = try query.integer("size")
        let files = StoredLogFiles(log: cluster.log)
        return Self.note(try await logFile { Array(try await files.checkpoint(from: size).utf8) })
    }

    /// Takes a checkpoint with cosignatures of known witnesses below it.
    func takeCosignatures(_ call: APICall) async throws(KubeStatus) -> JSON {
        guard let intake = handler.cosignatures else { throw .noSuchPath() }
        let taken: (size: Int64, witnesses: [String])
        do { taken = try await intake.take(String(decoding: call.request.body, as: UTF8.self)) } catch {
            switch error {
            case CosignatureError.unknownHead:
                throw KubeStatus(code: 409, reason: "Conflict", message: "\(error)")
            case is CosignatureError: throw .badRequest("\(error)")
            default: throw .serviceUnavailable("the cosignature cannot be kept: \(error)")
            }
        }
        return ["size": .int(taken.size), "witnesses": .array(taken.witnesses.map { .string($0) })]
    }

    private func logFile(_ body: () async throws -> [UInt8]) async throws(KubeStatus) -> [UInt8] {
        do { return try await body() } catch {
            if let missing = error as? LogFileMissing { throw Self.missing(missing.description) }
            throw .unreadableLog(error)
        }
    }

    private static func missing(_ message: String) -> KubeStatus {
        KubeStatus(code: 404, reason: "NotFound", message: message)
    }

    private static func note(_ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: 200, contentType: "text/plain; charset=utf-8", headers: [("cache-control", "no-cache")],
            body: [bytes])
    }

    /// Whoever may read it may keep it for ever; caches that others share may not.
    private static func immutable(_ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: 200, contentType: "application/octet-stream",
            headers: [("cache-control", "private, max-age=31536000, immutable")], body: [bytes])
    }
}
