import APIServer
import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A certificate authority, a server certificate for 127.0.0.1 and client certificates, in a folder of its own.
final class TestCertificates: Sendable {
    let folder: URL
    private let authority: Certificate
    private let authorityKey = Certificate.PrivateKey(P256.Signing.PrivateKey())

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "purser-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let name = try DistinguishedName { CommonName("test authority") }
        authority = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: authorityKey.publicKey,
            notValidBefore: Date(timeIntervalSinceNow: -60), notValidAfter: Date(timeIntervalSinceNow: 3600),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            },
            issuerPrivateKey: authorityKey)
        try authority.serializeAsPEM().pemString.write(
            to: folder.appending(path: "ca.pem"), atomically: true, encoding: .utf8)
        try issue("server", subject: DistinguishedName { CommonName("server") })
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var files: TLSFiles {
        TLSFiles(
            certificateChain: folder.appending(path: "server.pem").path,
            privateKey: folder.appending(path: "server.key").path,
            clientCA: folder.appending(path: "ca.pem").path)
    }

    /// Makes `<file>.pem` and `<file>.key`.
    private func issue(_ file: String, subject: DistinguishedName) throws {
        let key = P256.Signing.PrivateKey()
        let address = ASN1OctetString(contentBytes: [127, 0, 0, 1])
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: Date(timeIntervalSinceNow: -60), notValidAfter: Date(timeIntervalSinceNow: 3600),
            issuer: authority.subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions { SubjectAlternativeNames([.ipAddress(address)]) },
            issuerPrivateKey: authorityKey)
        try certificate.serializeAsPEM().pemString.write(
            to: folder.appending(path: "\(file).pem"), atomically: true, encoding: .utf8)
        try key.pemRepresentation.write(to: folder.appending(path: "\(file).key"), atomically: true, encoding: .utf8)
    }

    /// What a client needs to trust the server, and to be known as a user where one is given.
    func client(user: String? = nil, groups: [String] = []) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(folder.appending(path: "ca.pem").path)
        guard let user else { return configuration }
        let (certificate, key) = try clientFiles(user: user, groups: groups)
        configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        return configuration
    }

    /// The files of a new client certificate.
    func clientFiles(user: String, groups: [String]) throws -> (certificate: String, key: String) {
        let file = "client-\(UUID().uuidString)"
        try issue(
            file,
            subject: DistinguishedName {
                for group in groups { OrganizationName(group) }
                CommonName(user)
            })
        return (folder.appending(path: "\(file).pem").path, folder.appending(path: "\(file).key").path)
    }
}
