import EventLog
import KubeClient
import KubeMachinery
import KubeModel
import Merkle

/// How the record is: up to where it is signed, and how far the tables behind the SQL views are.
struct LogStatus {
    let session: Session

    /// What the signed tree head says, after the newest event below it was proved to be in its tree.
    /// - Parameter keyFile: the log's public key; nil where it is not on this machine.
    /// - Throws: `CommandError` where the signature or the proof is wrong.
    func signed(keyFile: String?, now: Timestamp) async throws -> String {
        let proof: InclusionProof
        do {
            let prover = LogProver(ServerLogFiles(session: session))
            let note = try await prover.checkpoint(from: nil)
            proof = try await prover.inclusion(of: TreeHead(body: note.text)?.size ?? 0, under: note)
        } catch let missing as LogFileMissing {
            return "log: \(missing)"
        } catch let error as ProofError {
            throw Self.broken("\(error)")
        }
        let size = proof.index + 1
        let age = try await self.age(of: size, now: now)
        guard let keyFile else {
            return "log: events 1 to \(size)\(age) are in a tree head whose signature was not checked here"
        }
        do { _ = try proof.event(log: try VerifierKey.log(keyFile)) } catch let error as ProofError {
            throw Self.broken("\(error)")
        }
        return "log: events 1 to \(size)\(age) are signed; the signature and the proof of the newest hold"
    }

    /// `, the newest recorded 3s ago,`.
    private func age(of position: Int64, now: Timestamp) async throws -> String {
        let query = [("after", "\(position - 1)"), ("before", "\(position + 1)"), ("reads", "true"), ("limit", "1")]
        let event = try await session.purser("GET", "history", query: query).array("items").first
        guard let time = event?.string("recordedAt") else { return "" }
        return ", the newest recorded \(ShortDuration.age(time, now: now)) ago,"
    }

    private static func broken(_ message: String) -> CommandError {
        CommandError("the log does not fit its signed tree head: \(message)", next: "run `purser audit verify`")
    }

    /// The read tables with their lag; nil where the server writes none.
    func tables() async throws -> JSON? {
        do { return try await session.purser("GET", "projections") } catch let status as KubeStatus
            where status.code == 404
        { return nil }
    }
}
