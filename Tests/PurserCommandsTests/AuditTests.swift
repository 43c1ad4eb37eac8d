import ControlPlane
import Domain
import EventLog
import Foundation
import KubeModel
import Merkle
import Rating
import Testing

@testable import PurserCommands

@Suite("Tree heads outside the database")
struct TreeHeadFilesTests {
    @Test("half-written ones are passed over, and where there are none nothing vouches for the log")
    func notes() throws {
        let directory = NSTemporaryDirectory() + "purser-notes-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data("half".utf8).write(to: URL(fileURLWithPath: directory + "/.9.tmp"))
        #expect(throws: CommandError.self) { try AuditVerifyCommand.readNotes(directory) }
        try Data("whole".utf8).write(to: URL(fileURLWithPath: directory + "/7.note"))
        let notes = try AuditVerifyCommand.readNotes(directory)
        #expect(notes.map(\.file) == [directory + "/7.note"])
        #expect(notes.map(\.note) == ["whole"])
    }
}

@Suite("Snapshots of the state")
struct SnapshotCheckTests {
    @Test("those that the events make are right; one with another value, or of another position, is named")
    func wrong() async throws {
        let log = try await PastLog.make()
        #expect(try await StateLoader.wrongSnapshot(log) == nil)
        for position: Position in [2, 4] {
            let state = try await StateLoader.replay(log, through: position)
            try await log.store(snapshot: state.snapshotBytes(), position: position)
        }
        #expect(try await StateLoader.wrongSnapshot(log) == nil)

        let bytes = try await StateLoader.replay(log, through: 4).snapshotBytes()
        let place = try #require(bytes.firstRange(of: Array(#""a":"2""#.utf8)))
        var forged = bytes
        forged[place.upperBound - 2] = UInt8(ascii: "9")
        for (forged, position) in [(forged, 4), (bytes, 5)] as [([UInt8], Position)] {
            let log = try await PastLog.make()
            try await log.store(snapshot: forged, position: position)
            #expect(try await StateLoader.wrongSnapshot(log) == position)
        }
    }
}

@Suite("The log's signing key")
struct SigningKeyTests {
    @Test("is made once; where it is gone, no other takes its place") func gone() throws {
        let directory = NSTemporaryDirectory() + "purser-key-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let configuration = ServerConfiguration(
            certificateFile: "", keyFile: "", clientAuthorityFile: "", nodeClientCertificateFile: "",
            nodeClientKeyFile: "", database: "", dataDirectory: directory, secretKeyFile: "")
        let verifier = try LogSigning.key(configuration).verifier
        #expect(try LogSigning.key(configuration).verifier == verifier)
        try FileManager.default.removeItem(atPath: configuration.logSignerFile)
        #expect(throws: CommandError.self) { try LogSigning.key(configuration) }
        #expect(try String(contentsOfFile: configuration.logVerifierFile, encoding: .utf8) == verifier.text)
    }
}

/// A log with two forms of the price plan, another plan that somebody made, and a usage report.
private struct BilledLog {
    let log = InMemoryEventLog()
    let signer: NoteSigner
    let usage: JSON = [
        "node": "n1", "observedAt": "2027-01-15T09:00:00Z",
        "pods": [["uid": "u1", "namespace": "shop", "name": "p", "cpuNanoseconds": 3_600_000_000_000]],
    ]
    static let period = BillingPeriod(from: Timestamp(seconds: 1_800_000_000), to: Timestamp(seconds: 1_800_100_000))

    static func plan(_ price: Int64) -> PricePlan {
        let rate = Rate(
            effectiveFrom: Timestamp(seconds: 0), prices: [.cpu: ExactDecimal(price)])
        return PricePlan(currency: "EUR", rates: [rate])
    }

    init() async throws {
        signer = try #require(NoteSigner(name: "log", seed: Array(0..<32)))
        let forms: [(type: String, stream: String, revision: Int64, payload: JSON)] = [
            ("PricePlanCreated", "priceplans.purser.dev/default", 1, Self.plan(1).json),
            ("PricePlanUpdated", "priceplans.purser.dev/default", 2, ["rates": Self.plan(2).json["rates"] ?? .null]),
            ("PricePlanCreated", "priceplans.purser.dev/cheap", 1, Self.plan(0).json),
            ("UsageMeasured", "usage/n1", 0, usage),
        ]
        let events = forms.enumerated().map { index, form in
            let time = Timestamp(seconds: 1_800_000_000 + Int64(index))
            return Envelope.record(
                Event(
                    stream: form.stream, revision: form.revision, type: form.type, isKeyframe: form.revision == 1,
                    payload: form.payload.canonicalBytes, caller: Caller(subject: "system:test", verb: "update"),
                    callID: CallID(at: time, random: (0, UInt64(index))), ordinal: 0),
                position: Position(index + 1), recordedAt: time)
        }
        let outcome = try await log.append(events, expected: LogHead(position: 0, term: 1))
        try #require(outcome == .appended)
        let heads = TreeHeadDirectory(NSTemporaryDirectory() + "purser-bill-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: heads.path) }
        try await TreeHeadSigner(log: log, origin: "log", signer: signer, store: heads).sign(at: Timestamp(seconds: 1))
    }

    /// A bill that says it is computed with a plan, which events are to prove.
    func proof(_ plan: PricePlan, prices: [Position]) async throws -> BillProof {
        let report = BillReport(
            records: UsageRecord.all(inReport: usage), period: Self.period, plan: plan, by: .pod)
        let prover = LogProver(StoredLogFiles(log: log))
        var proofs: [JSON] = []
        for position in prices { proofs.append(.string(try await prover.inclusion(of: position).encoded)) }
        let json: JSON = [
            "kind": "BillProof", "report": report.json, "pods": [["uid": "u1", "events": [4]]],
            "usage": [.string(try await prover.inclusion(of: 4).encoded)], "prices": .array(proofs),
        ]
        return try BillProof(Output.json(json))
    }
}

@Suite("The proof of a bill")
struct BillProofTests {
    @Test("holds for the price plan that its events make up, and says which it is") func holds() async throws {
        let billed = try await BilledLog()
        let proof = try await billed.proof(BilledLog.plan(2), prices: [1, 2])
        #expect(try proof.verify(log: billed.signer.verifier).head.size == 4)
        #expect(proof.priced == "the price plan of position 2")
        #expect(throws: ProofError("the bill is not the one that follows from the proved events")) {
            _ = try billed.wrong(proof).verify(log: billed.signer.verifier)
        }
    }

    @Test(
        "does not hold for prices out of order, without their beginning, or of another plan",
        arguments: [([2, 1], 2, 2), ([2], 2, 2), ([1, 1], 1, 1), ([3], 0, 3), ([1, 3], 0, 3), ([4], 0, 4)]
            as [([Position], Int64, Position)])
    func prices(_ positions: [Position], price: Int64, named: Position) async throws {
        let billed = try await BilledLog()
        let proof = try await billed.proof(BilledLog.plan(price), prices: positions)
        let error = #expect(throws: ProofError.self) { try proof.verify(log: billed.signer.verifier) }
        #expect(error?.description.hasPrefix("position \(named) ") == true, "\(String(describing: error))")
    }
}

extension BilledLog {
    /// The same events beside a bill of other prices.
    fileprivate func wrong(_ proof: BillProof) -> BillProof {
        var wrong = proof
        wrong.report =
            BillReport(
                records: UsageRecord.all(inReport: usage), period: Self.period, plan: Self.plan(1), by: .pod
            ).json
        return wrong
    }
}
