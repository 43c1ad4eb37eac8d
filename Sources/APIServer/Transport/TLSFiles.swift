import NIOCore
import NIOSSL
import SwiftASN1
import X509

/// Where the server's certificate lies, and whose client certificates it believes. All files are PEM.
public struct TLSFiles: Sendable {
    /// The server's certificate, followed by intermediate ones.
    public var certificateChain: String
    public var privateKey: String
    /// The authorities that sign client certificates; nil to ask for none.
    public var clientCA: String?

    public init(certificateChain: String, privateKey: String, clientCA: String? = nil) {
        (self.certificateChain, self.privateKey, self.clientCA) = (certificateChain, privateKey, clientCA)
    }

    /// Reads the files.
    func context() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificateChain).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: privateKey, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2", "http/1.1"]
        if let clientCA {
            configuration.trustRoots = .file(clientCA)
            configuration.certificateVerification = .optionalVerification
            configuration.sendCANameList = true
        }
        return try NIOSSLContext(configuration: configuration)
    }
}

extension PeerCertificate {
    /// The subject of a certificate that TLS has verified; nil if it has no common name.
    init?(verified certificate: NIOSSLCertificate) {
        guard let der = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: der) else {
            return nil
        }
        var names: [String] = []
        var organizations: [String] = []
        for attribute in parsed.subject.lazy.flatMap({ $0 }) {
            let value = "\(attribute.value)"
            switch attribute.type {
            case .RDNAttributeType.commonName: names.append(value)
            case .RDNAttributeType.organizationName: organizations.append(value)
            default: break
            }
        }
        guard let name = names.last, !name.isEmpty else { return nil }
        self.init(commonName: name, organizations: organizations)
    }
}
