import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// An authority and what it signs: P-256 keys, certificates of ten years.
struct PublicKeyInfrastructure {
    struct Pair: Sendable, Hashable {
        /// PEM.
        var certificate: String
        /// PEM, PKCS #8.
        var key: String
    }

    /// Whom a certificate names and what it may be used for.
    struct Subject: Sendable, Hashable {
        var commonName: String
        var organization: String?
        var dnsNames: [String] = []
        var addresses: [String] = []
        var isServer = false
        var isClient = false
    }

    static let lifetimeSeconds: Double = 10 * 365 * 86_400

    let authority: Pair
    private let issuer: DistinguishedName
    private let key: Certificate.PrivateKey
    private let now: Date

    /// Makes a new authority.
    init(name: String, now: Date) throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let issuer = try DistinguishedName {
            CommonName(name)
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: now.addingTimeInterval(-300), notValidAfter: now.addingTimeInterval(Self.lifetimeSeconds),
            issuer: issuer, subject: issuer,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            }, issuerPrivateKey: key)
        (self.issuer, self.key, self.now) = (issuer, key, now)
        authority = Pair(certificate: try certificate.pem, key: try key.serializeAsPEM().pemString)
    }

    func issue(_ subject: Subject) throws -> Pair {
        let own = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName {
            if let organization = subject.organization { OrganizationName(organization) }
            CommonName(subject.commonName)
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: own.publicKey,
            notValidBefore: now.addingTimeInterval(-300), notValidAfter: now.addingTimeInterval(Self.lifetimeSeconds),
            issuer: issuer, subject: name, extensions: try extensions(subject), issuerPrivateKey: key)
        return Pair(certificate: try certificate.pem, key: try own.serializeAsPEM().pemString)
    }

    private func extensions(_ subject: Subject) throws -> Certificate.Extensions {
        let names =
            subject.dnsNames.map { GeneralName.dnsName($0) }
            + subject.addresses.compactMap {
                Self.octets($0).map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
            }
        var uses: [ExtendedKeyUsage.Usage] = []
        if subject.isServer { uses.append(.serverAuth) }
        if subject.isClient { uses.append(.clientAuth) }
        let usage = try ExtendedKeyUsage(uses)
        return try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            usage
            if !names.isEmpty { SubjectAlternativeNames(names) }
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
        }
    }

    /// The four bytes of an IPv4 address; nil for anything else.
    static func octets(_ address: String) -> [UInt8]? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        return parts.count == 4 ? parts : nil
    }
}

extension Certificate {
    fileprivate var pem: String { get throws { try serializeAsPEM().pemString } }
}

extension Instance {
    /// The first address of the service range, where pods find the API.
    var apiServiceAddress: String {
        var octets = PublicKeyInfrastructure.octets(String(serviceCIDR.prefix { $0 != "/" })) ?? [10, 96, 0, 0]
        octets[3] |= 1
        return octets.map(String.init).joined(separator: ".")
    }

    /// Everybody who holds a certificate, by the name of the file.
    var certificateSubjects: [String: PublicKeyInfrastructure.Subject] {
        let service = [
            "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
        ]
        return [
            "server": .init(
                commonName: "purser-apiserver", dnsNames: ["localhost"] + service,
                addresses: ["127.0.0.1", apiServiceAddress],
                isServer: true),
            "admin": .init(commonName: "kubernetes-admin", organization: "system:masters", isClient: true),
            "node": .init(commonName: "system:node:\(nodeName)", organization: "system:nodes", isClient: true),
            "node-serving": .init(
                commonName: "system:node:\(nodeName)", organization: "system:nodes", dnsNames: ["localhost", nodeName],
                addresses: ["127.0.0.1"], isServer: true),
            "server-to-node": .init(commonName: "purser-apiserver", organization: "system:masters", isClient: true),
        ]
    }
}
