import APIServer
import ArgumentParser
import KubeClient
import KubeModel
import KubeYAML
import Merkle

/// What a server keeps of reads, and whose cosignatures it takes.
struct AuditOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which reads the log keeps: a file in the audit.k8s.io/v1 Policy form. Writes and refusals always stay.",
            valueName: "file"))
    var auditPolicy: String?
    @Option(
        help: ArgumentHelp("The verifier key of a witness whose cosignatures are taken. Repeatable.", valueName: "key"))
    var witness: [String] = []
}

extension ServerConfiguration {
    /// The policy in the file; errors name the file and the place.
    func auditPolicy() throws -> AuditPolicy {
        guard let file = auditPolicyFile else { return .everything }
        return try Self.auditPolicy(file)
    }

    static func auditPolicy(_ file: String) throws -> AuditPolicy {
        let next = "correct the file; the form is that of kubernetes.io/docs/tasks/debug/debug-cluster/audit"
        let documents: [JSON]
        do { documents = try YAML.documents(String(decoding: try PrivateFile.read(file), as: UTF8.self)) } catch {
            throw CommandError("the audit policy \(file) cannot be read: \(error)", next: next, status: .usage)
        }
        guard documents.count == 1, let document = documents.first else {
            throw CommandError("the audit policy \(file) must hold one document", next: next, status: .usage)
        }
        do { return try AuditPolicy(json: document) } catch {
            throw CommandError("the audit policy \(file): \(error)", next: next, status: .usage)
        }
    }

    func witnessVerifiers() throws -> [CosignatureVerifier] { try witnesses.map(VerifierKey.witness) }
}

extension AuditOptions {
    /// A server that runs does not take them.
    func refuseChanges(ofRunning instance: Instance) throws {
        let keys = try witness.map { try VerifierKey.witness($0).text }
        guard auditPolicy == nil, keys.allSatisfy(instance.witnesses.contains) else {
            throw CommandError(
                "the instance runs, and takes --audit-policy and --witness at its start only",
                next: "`purser down`, then the same command again", status: .conflict)
        }
    }

    /// Sets what was named; the rest of an instance's settings stays. The policy is copied, because the server's user may
    /// not be able to read where it lies.
    func apply(to instance: inout Instance) throws {
        if let auditPolicy {
            _ = try ServerConfiguration.auditPolicy(auditPolicy)
            let copy = "\(instance.directory)/config/audit-policy.yaml"
            try Paths.directory("\(instance.directory)/config")
            try PrivateFile.write(try PrivateFile.read(auditPolicy), to: copy, mode: 0o644)
            instance.auditPolicyFile = copy
        }
        let keys = try witness.map { try VerifierKey.witness($0).text }
        for key in keys where !instance.witnesses.contains(key) { instance.witnesses.append(key) }
    }
}
