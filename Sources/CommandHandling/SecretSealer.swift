import Crypto
import Domain
import Foundation
import KubeModel
import Synchronization

/// A row of the key table that is not what was wrapped.
public struct SecretKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    public let id: String
    public init(id: String) { self.id = id }
    public var description: String {
        "the row \(id) of the key table does not open with the secret key file: one of them was changed. Put it back from "
            + "a backup; without the row, the server starts and this Secret's values are lost"
    }
}

/// Seals the values of Secrets before they become part of an event, and opens them for those who may read them.
///
/// Each Secret has a data key of its own, wrapped by the key file and kept in the erasable key table: destroying it
/// destroys the values everywhere at once. The nonce is an HMAC of the plaintext, so equal values have equal
/// ciphertext and a write that changes nothing is seen as such; namespace, name and key are authenticated with it.
public final class SecretSealer: Sendable {
    private let wrappingKey: SymmetricKey
    private struct Keys {
        /// Data keys by the Secret's uid.
        var known: [String: SymmetricKey] = [:]
        /// The uids of Secrets whose keys were destroyed, or are in no key table.
        var destroyed: Set<String> = []
    }

    private let keys = Mutex(Keys())

    /// The annotation in which `kubectl apply` keeps the whole object.
    public static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
    static let keyPrefix = "secret/"

    /// `wrappingKey`: 32 bytes.
    public init(wrappingKey: [UInt8]) { self.wrappingKey = SymmetricKey(data: wrappingKey) }

    /// A sealer with the same keys, whose new keys nobody else has: for a copy of the cluster's state. It must not
    /// outlive a call, because what is shredded meanwhile it still opens.
    public func copy() -> SecretSealer { SecretSealer(wrappingKey, keys.withLock { $0 }) }

    private init(_ wrappingKey: SymmetricKey, _ keys: Keys) {
        self.wrappingKey = wrappingKey
        self.keys.withLock { $0 = keys }
    }

    /// The id of a Secret's key in the key table.
    public static func keyID(uid: String) -> String { keyPrefix + uid }

    /// Takes the wrapped keys of the table in; ids of other kinds are passed over.
    /// - Throws: `SecretKeyError` where one was changed, or wrapped by another key file.
    public func load(_ wrapped: [String: [UInt8]]) throws {
        for (id, bytes) in wrapped where id.hasPrefix(Self.keyPrefix) {
            let uid = String(id.dropFirst(Self.keyPrefix.count))
            let key: Data
            do {
                let box = try AES.GCM.SealedBox(combined: bytes)
                key = try AES.GCM.open(box, using: wrappingKey, authenticating: Data(id.utf8))
            } catch {
                throw SecretKeyError(id: id)
            }
            keys.withLock { keys in
                if !keys.destroyed.contains(uid) { keys.known[uid] = SymmetricKey(data: key) }
            }
        }
    }

    public func knows(uid: String) -> Bool { keys.withLock { $0.known[uid] != nil } }

    /// Drops the key of a Secret that did not come about.
    public func forget(uid: String) { keys.withLock { $0.known[uid] = nil } }

    /// Drops keys for good, by their ids in the key table; ids of other kinds are passed over.
    public func shred(_ ids: [String]) {
        keys.withLock { keys in
            for id in ids where id.hasPrefix(Self.keyPrefix) {
                let uid = String(id.dropFirst(Self.keyPrefix.count))
                keys.known[uid] = nil
                keys.destroyed.insert(uid)
            }
        }
    }

    /// True if the Secret's key was destroyed, so that nothing can bring its values back.
    public func isShredded(uid: String) -> Bool { keys.withLock { $0.destroyed.contains(uid) } }

    /// Makes the data key of a new Secret; returns it wrapped, to be put into the key table before the Secret's event.
    public func makeKey(uid: String) throws -> (id: String, wrapped: [UInt8]) {
        let key = SymmetricKey(size: .bits256)
        let id = Self.keyID(uid: uid)
        let bytes = key.withUnsafeBytes { Data($0) }
        let box = try AES.GCM.seal(bytes, using: wrappingKey, authenticating: Data(id.utf8))
        guard let combined = box.combined else { throw KubeStatus.internalError("a data key cannot be wrapped") }
        keys.withLock { $0.known[uid] = key }
        return (id, Array(combined))
    }

    /// The Secret with its values and its last-applied annotation as ciphertext (base64, as `data` is anyway).
    public func seal(_ secret: JSON) throws(KubeStatus) -> JSON {
        try transform(secret, .seal) { value, key, context in
            let nonce = HMAC<SHA256>.authenticationCode(for: value + [0] + Array(context.utf8), using: key)
            let box = try AES.GCM.seal(
                value, using: key, nonce: AES.GCM.Nonce(data: Array(nonce.prefix(12))),
                authenticating: Array(context.utf8))
            guard let combined = box.combined else { throw SealError.notSealed }
            return Array(combined)
        }
    }

    /// The Secret in clear.
    public func open(_ secret: JSON) throws(KubeStatus) -> JSON {
        try transform(secret, .open) { value, key, context in
            Array(try AES.GCM.open(AES.GCM.SealedBox(combined: value), using: key, authenticating: Array(context.utf8)))
        }
    }

    private static func shredded(_ name: String) -> KubeStatus {
        KubeStatus(
            code: 410, reason: "Gone",
            message: "secret \"\(name)\" was shredded, or restored without its key: its values cannot be read again; "
                + "delete it and create it anew",
            name: name, kind: "secrets")
    }

    /// Marks a Secret that was shredded, where it is listed without its values.
    public static let shreddedAnnotation = "purser.dev/shredded"

    /// The Secret in clear; without values and with an annotation that says so if it was shredded.
    public func openWhereKept(_ secret: JSON) throws(KubeStatus) -> JSON {
        guard isShredded(uid: KubeObject(secret).uid) else { return try open(secret) }
        var rest = secret
        rest["data"] = nil
        rest[["metadata", "annotations", Self.lastApplied]] = nil
        rest[["metadata", "annotations", Self.shreddedAnnotation]] = "true"
        return rest
    }

    private enum SealError: Error { case notSealed }
    private enum Direction { case seal, open }

    private func transform(
        _ secret: JSON, _ direction: Direction,
        _ body: (_ value: [UInt8], _ key: SymmetricKey, _ context: String) throws -> [UInt8]
    ) throws(KubeStatus) -> JSON {
        let object = KubeObject(secret)
        if isShredded(uid: object.uid) { throw Self.shredded(object.name) }
        guard let key = keys.withLock({ $0.known[object.uid] }) else {
            throw KubeStatus.serviceUnavailable("the key of secret \"\(object.name)\" is not there; try again")
        }
        func convert(_ bytes: [UInt8], _ name: String) throws(KubeStatus) -> [UInt8] {
            do { return try body(bytes, key, "\(object.namespace)/\(object.name)/\(name)") } catch {
                throw KubeStatus.internalError("secret \"\(object.name)\": the value of \(name) does not match its key")
            }
        }
        var result = secret
        for (name, value) in secret.object("data") {
            guard let text = value.stringValue, let bytes = Data(base64Encoded: text) else { continue }
            result[["data", name]] = .string(Data(try convert(Array(bytes), name)).base64EncodedString())
        }
        let path = ["metadata", "annotations", Self.lastApplied]
        if let text = secret[path]?.stringValue { result[path] = .string(try convertText(text, direction, convert)) }
        return result
    }

    /// The annotation is text in clear and base64 under a mark when sealed.
    private func convertText(
        _ text: String, _ direction: Direction, _ convert: ([UInt8], String) throws(KubeStatus) -> [UInt8]
    ) throws(KubeStatus) -> String {
        let mark = "sealed:"
        if direction == .open {
            guard text.hasPrefix(mark), let bytes = Data(base64Encoded: String(text.dropFirst(mark.count))) else {
                return text
            }
            return String(decoding: try convert(Array(bytes), Self.lastApplied), as: UTF8.self)
        }
        return mark + Data(try convert(Array(text.utf8), Self.lastApplied)).base64EncodedString()
    }
}
