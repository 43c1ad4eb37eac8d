import ControlPlane
import EventLog
import Foundation
import KubeClient
import Logging
import Merkle
import ServiceLifecycle

/// Signs the log's tree heads while the server runs, and proves at its start that the log extends the last one.
struct LogSigning: Service {
    private let signer: TreeHeadSigner
    private let logger: Logger
    let verifier: NoteVerifier
    /// Seconds of the log that only the database vouches for, at most.
    private static let interval = Duration.seconds(5)

    /// - Throws: where the log is not the one that was signed last; the server must not serve then.
    init(configuration: ServerConfiguration, log: any EventLog, logger: Logger) async throws {
        self.logger = logger
        try FileManager.default.createDirectory(
            atPath: configuration.treeHeadDirectory, withIntermediateDirectories: true)
        let key = try Self.key(configuration)
        verifier = key.verifier
        do {
            signer = try await TreeHeadSigner(
                log: log, origin: key.name, signer: key, store: TreeHeadDirectory(configuration.treeHeadDirectory))
        } catch {
            throw CommandError(
                "\(error)",
                next: "find out what happened to the database with `purser audit verify` before anything is served")
        }
    }

    /// The key's name is the log's origin; it is made with the key, once.
    static func key(_ configuration: ServerConfiguration) throws -> NoteSigner {
        let path = configuration.logSignerFile
        if FileManager.default.fileExists(atPath: path) {
            let text = String(decoding: try PrivateFile.read(path), as: UTF8.self)
            guard let signer = NoteSigner(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw CommandError("\(path) holds no signing key", next: "restore it from a backup")
            }
            return signer
        }
        guard !FileManager.default.fileExists(atPath: configuration.logVerifierFile) else {
            throw CommandError(
                "the log's signing key \(path) is gone: \(configuration.logVerifierFile) shows that it was there",
                next: "restore it from a backup; what another key signs would be another log")
        }
        let seed = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        guard let signer = NoteSigner(name: "purser.dev/log/\(UUID().uuidString.lowercased())", seed: seed) else {
            throw CommandError("a signing key could not be made", next: "start again")
        }
        try PrivateFile.write(Array(signer.secretText.utf8), to: path)
        try Data(signer.verifier.text.utf8).write(to: URL(fileURLWithPath: configuration.logVerifierFile))
        return signer
    }

    func run() async throws {
        let clock = SystemWallClock()
        await cancelWhenGracefulShutdown {
            await signer.run(every: Self.interval, now: { clock.now }) { error in
                logger.warning("a tree head could not be signed", metadata: ["error": "\(error)"])
            }
        }
        // What was appended during the shutdown is signed too.
        _ = try? await signer.sign(at: clock.now)
    }
}
