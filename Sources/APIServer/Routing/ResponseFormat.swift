import KubeModel

/// How a response is to look, as `Accept` asks for it (RFC 9110 section 12.5.1, and Kubernetes' `as` parameter).
public struct ResponseFormat: Sendable, Hashable {
    public enum Encoding: Sendable, Hashable { case json, yaml }

    /// What is sent instead of the object itself.
    public enum Shape: Sendable, Hashable {
        case object
        /// `as=Table;g=meta.k8s.io;v=v1`
        case table
        /// `as=PartialObjectMetadata;g=meta.k8s.io;v=v1`
        case partialMetadata
        /// `as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`
        case partialMetadataList
        /// `as=APIGroupDiscoveryList;g=apidiscovery.k8s.io;v=v2`
        case groupDiscovery
    }

    public var encoding: Encoding
    public var shape: Shape

    public init(_ encoding: Encoding, _ shape: Shape = .object) { (self.encoding, self.shape) = (encoding, shape) }

    public static let json = ResponseFormat(.json)

    /// The header that states the format.
    public var contentType: String {
        let base = encoding == .json ? "application/json" : "application/yaml"
        // Clients compare this one with what they asked for.
        return shape == .groupDiscovery ? "\(base);g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" : base
    }

    /// Chooses the format that the client likes best among those that can be offered.
    ///
    /// - Parameters:
    ///   - accept: the header; nil or empty accepts everything.
    ///   - offering: the shapes that make sense for the call, beside the object itself.
    /// - Throws: 406, naming the media types there are.
    public static func negotiate(_ accept: String?, offering: Set<Shape> = []) throws(KubeStatus) -> ResponseFormat {
        guard let accept, !accept.isEmpty, accept != "*/*", accept != "application/json" else { return .json }
        var best: (format: ResponseFormat, quality: Double)?
        for range in MediaRange.parse(accept) where range.quality > (best?.quality ?? 0) {
            if let format = range.format(offering) { best = (format, range.quality) }
        }
        guard let best else {
            throw .notAcceptable("only the following media types are accepted: application/json, application/yaml")
        }
        return best.format
    }
}

/// One element of an `Accept` header.
struct MediaRange {
    var type: String
    var parameters: [String: String]
    /// 0 to 1.
    var quality: Double

    static func parse(_ header: String) -> [MediaRange] {
        header.split(separator: ",").map { element in
            let parts = element.split(separator: ";").map { $0.trimmingSpaces }
            var parameters: [String: String] = [:]
            for part in parts.dropFirst() {
                let pair = part.split(separator: "=", maxSplits: 1)
                guard let name = pair.first else { continue }
                parameters[name.lowercased()] = pair.count > 1 ? String(pair[1]) : ""
            }
            let quality = parameters.removeValue(forKey: "q").flatMap(Double.init) ?? 1
            return MediaRange(type: parts.first?.lowercased() ?? "", parameters: parameters, quality: quality)
        }
    }

    /// The format that the range stands for; nil if it cannot be offered (protobuf, CBOR, unknown shapes).
    func format(_ offering: Set<ResponseFormat.Shape>) -> ResponseFormat? {
        let encoding: ResponseFormat.Encoding
        switch type {
        case "application/json", "application/*", "*/*": encoding = .json
        case "application/yaml", "application/x-yaml", "text/yaml": encoding = .yaml
        default: return nil
        }
        guard let kind = parameters["as"] else { return ResponseFormat(encoding) }
        let shape: ResponseFormat.Shape
        switch (kind, parameters["g"] ?? "", parameters["v"] ?? "") {
        case ("Table", "meta.k8s.io", "v1"): shape = .table
        case ("PartialObjectMetadata", "meta.k8s.io", "v1"): shape = .partialMetadata
        case ("PartialObjectMetadataList", "meta.k8s.io", "v1"): shape = .partialMetadataList
        case ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2"): shape = .groupDiscovery
        default: return nil
        }
        return offering.contains(shape) ? ResponseFormat(encoding, shape) : nil
    }
}

extension StringProtocol {
    var trimmingSpaces: SubSequence {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
