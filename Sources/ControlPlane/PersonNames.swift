import Crypto
import Domain
import EventLog
import KubeModel
import Synchronization

/// What events call the people who make calls: the commitment to each one's name, made when they first come.
public final class PersonNames: Sendable {
    private let keys: any KeyTable
    private let indexKey: SymmetricKey
    /// Commitments by name.
    private let known = Mutex<[String: String]>([:])
    /// Beyond so many the memory starts afresh.
    private static let capacity = 10_000
    private static let keyPrefix = "person/"

    /// - Parameter secret: the server's secret key; all replicas have the same, and so find the same entry for a name.
    public init(keys: any KeyTable, secret: [UInt8]) {
        (self.keys, indexKey) = (keys, SymmetricKey(data: SHA256.hash(data: Array("purser person".utf8) + secret)))
    }

    /// What events call somebody, if that need not be looked up.
    public func subject(ofKnown name: String) -> String? {
        Person.isPerson(name) ? known.withLock { $0[name] } : name
    }

    /// What events call somebody. A new person's name and salt are durable before anything is recorded of them.
    public func subject(of name: String) async throws(KubeStatus) -> String {
        if let subject = subject(ofKnown: name) { return subject }
        let id = id(of: name)
        let entry: [UInt8]
        do {
            if let stored = try await keys.key(id: id) {
                entry = stored
            } else {
                let salt = (0..<Person.saltSize).map { _ in UInt8.random(in: .min ... .max) }
                try await keys.store(key: salt + Array(name.utf8), id: id)
                // Another replica may have been first.
                entry = try await keys.key(id: id) ?? salt + Array(name.utf8)
            }
        } catch {
            throw .serviceUnavailable("the key table cannot be reached; the call had no effect")
        }
        // Whoever can write the table must not make one person's calls another's.
        guard Array(entry.dropFirst(Person.saltSize)) == Array(name.utf8) else {
            throw .serviceUnavailable(
                "the caller's entry \(id) in the key table is of another name: it was changed, put it back from a backup"
            )
        }
        let subject = Person.commitment(entry)
        known.withLock { known in
            if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
            known[name] = subject
        }
        return subject
    }

    /// The id of a name's entry in the key table; it says nothing about the name without the server's key.
    public func id(of name: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array(name.utf8), using: indexKey)
        return Self.keyPrefix + Array(code).hexadecimal
    }

    /// Drops the people whose entries were destroyed, by their commitments; anything else is passed over.
    public func forget(_ commitments: [String]) {
        guard commitments.contains(where: { $0.hasPrefix(Person.prefix) }) else { return }
        known.withLock { known in known = known.filter { !commitments.contains($0.value) } }
    }
}
