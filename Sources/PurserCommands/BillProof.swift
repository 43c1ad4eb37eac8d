import Domain
import EventLog
import KubeModel
import Merkle
import Rating

/// A bill with the proofs of all events that it rests on, so that it can be computed anew and checked without a server.
struct BillProof {
    /// The bill as the server gave it.
    var report: JSON
    /// The bill is of this namespace only.
    var namespace: String?
    /// Which events each pod's use rests on.
    var pods: [JSON]
    /// Inclusion proofs of usage reports, by position.
    var usage: [InclusionProof]
    /// Inclusion proofs of the events that make up the price plan; none for the standard one.
    var prices: [InclusionProof]

    private static let kind = "BillProof"
    /// The one that bills are computed with.
    private static let pricePlan = "priceplans.purser.dev/default"

    /// Which prices it is computed with: whoever verifies it must know whether these were in force.
    var priced: String {
        guard let last = prices.last else { return "the standard price plan" }
        return "the price plan of position \(last.index + 1)"
    }

    var text: String {
        var json: JSON = [
            "apiVersion": "purser.dev/v1alpha1", "kind": .string(Self.kind), "report": report, "pods": .array(pods),
            "usage": .array(usage.map { .string($0.encoded) }), "prices": .array(prices.map { .string($0.encoded) }),
        ]
        json["namespace"] = namespace.map { .string($0) }
        return Output.json(json)
    }

    init(_ text: String) throws(ProofError) {
        guard let json = try? JSON(parsing: Array(text.utf8)), json.string("kind") == Self.kind,
            let report = json["report"]
        else { throw ProofError("it is no \(Self.kind)") }
        func proofs(_ name: String) throws(ProofError) -> [InclusionProof] {
            var proofs: [InclusionProof] = []
            for element in json.array(name) {
                guard let proof = element.stringValue.flatMap({ InclusionProof($0) }) else {
                    throw ProofError("\(name)[\(proofs.count)] is damaged")
                }
                proofs.append(proof)
            }
            return proofs
        }
        (self.report, namespace, pods) = (report, json.string("namespace"), json.array("pods"))
        (usage, prices) = (try proofs("usage"), try proofs("prices"))
    }

    /// Proves what the server says that a bill rests on, under one signed tree head that covers all of it.
    init(evidence: JSON, _ files: ServerLogFiles) async throws {
        guard let report = evidence["report"] else {
            throw CommandError("the server's answer holds no bill", next: "use a server of this version")
        }
        (self.report, namespace, pods) = (report, evidence.string("namespace"), evidence.array("pods"))
        let used = Set(pods.flatMap { $0.array("events").compactMap(\.intValue) }).sorted()
        let priced = evidence.array("prices").compactMap(\.intValue)
        (usage, prices) = ([], [])
        guard let last = (used + priced).max() else { return }
        let note = try await files.checkpoint(covering: last)
        let prover = LogProver(files)
        for position in used { usage.append(try await prover.inclusion(of: position, under: note)) }
        for position in priced { prices.append(try await prover.inclusion(of: position, under: note)) }
    }

    /// Computes the bill from the proved events alone and compares it with the one that it came with.
    /// - Returns: the bill, and the signed tree head that every event was proved to be under.
    func verify(log: NoteVerifier) throws(ProofError) -> (report: JSON, head: TreeHead, note: SignedNote) {
        guard let note = (usage + prices).first?.checkpoint, let head = log.treeHead(note) else {
            throw ProofError("no event stands behind it, or its checkpoint is not signed by this key")
        }
        guard (usage + prices).allSatisfy({ $0.checkpoint == note }) else {
            throw ProofError("its events are proved under different checkpoints")
        }
        let plan = try plan(log)
        let period = try period()
        guard let grouping = report.string("by").flatMap(BillReport.Grouping.init) else {
            throw ProofError("the bill does not say what its lines are")
        }
        let records = try records(log)
        let computed = BillReport(records: records, period: period, plan: plan, by: grouping, namespace: namespace)
        guard computed.json.canonicalBytes == report.canonicalBytes else {
            throw ProofError("the bill is not the one that follows from the proved events")
        }
        return (report, head, note)
    }

    /// A proved event in its present form.
    private func event(_ proof: InclusionProof, _ log: NoteVerifier) throws(ProofError) -> RecordedEvent {
        let proved = try proof.event(log: log).event
        do { return try Upcaster.released.present([proved])[0] } catch { throw ProofError("\(error)") }
    }

    private func period() throws(ProofError) -> BillingPeriod {
        guard let from = report.string("from").flatMap(Timestamp.init(rfc3339:)),
            let to = report.string("to").flatMap(Timestamp.init(rfc3339:)), from < to
        else { throw ProofError("the bill states no period") }
        return BillingPeriod(from: from, to: to)
    }

    /// Each pod's readings out of the events that are named for it.
    private func records(_ log: NoteVerifier) throws(ProofError) -> [UsageRecord] {
        let named = Dictionary(
            pods.map { ($0.string("uid") ?? "", Set($0.array("events").compactMap(\.intValue))) },
            uniquingKeysWith: { $0.union($1) })
        var records: [UsageRecord] = []
        var last: Position = 0
        for proof in usage {
            let event = try event(proof, log)
            guard event.event.type == EventCatalogue.usageMeasured, event.position > last else {
                throw ProofError("position \(event.position) is no usage report, or is not in the order of the log")
            }
            last = event.position
            records += UsageRecord.all(inReport: (try? JSON(parsing: event.event.payload)) ?? .null).filter {
                named[$0.uid]?.contains(event.position) == true
            }
        }
        return records
    }

    /// Folds the events of the price plan.
    private func plan(_ log: NoteVerifier) throws(ProofError) -> PricePlan {
        guard !prices.isEmpty else { return .standard }
        var members = JSONObject()
        var last: Int64 = -1
        for proof in prices {
            let event = try event(proof, log).event
            guard event.stream == Self.pricePlan, let payload = try? JSON(parsing: event.payload) else {
                throw ProofError("position \(proof.index + 1) is no price plan")
            }
            guard proof.index > last, last >= 0 || event.isKeyframe else {
                throw ProofError("position \(proof.index + 1) of the price plan is not in the order of the log")
            }
            last = proof.index
            if event.isKeyframe { members = JSONObject() }
            for (name, value) in payload.objectValue ?? [:] { members[name] = value.isNull ? nil : value }
        }
        do { return try PricePlan(json: .object(members)) } catch {
            throw ProofError("the price plan cannot be read: \(error.message)")
        }
    }
}
