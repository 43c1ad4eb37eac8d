import KubeModel

/// The kinds of patch that the API takes, told apart by the request's Content-Type.
public enum PatchKind: String, Sendable, Hashable, CaseIterable {
    case json = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case strategicMerge = "application/strategic-merge-patch+json"

    /// - Parameter contentType: the header's value; its parameters (`; charset=utf-8`) do not matter.
    /// - Throws: 415 that lists what is accepted.
    public init(contentType: String) throws(KubeStatus) {
        let mediaType = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard let kind = PatchKind(rawValue: mediaType) else {
            let accepted = PatchKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .unsupportedMediaType(
                "the body of the request was in an unknown format - accepted media types include: \(accepted)")
        }
        self = kind
    }
}

/// Applies a patch of any kind to an object.
public enum Patch {
    /// - Parameters:
    ///   - type: tells which lists merge by key; nil for kinds without a schema.
    /// - Throws: 400 for a malformed patch, 413 for too many operations, 422 for one that does not fit the object.
    public static func apply(_ kind: PatchKind, _ patch: JSON, to target: JSON, type: ResourceType?) throws(KubeStatus)
        -> JSON
    {
        switch kind {
        case .json: return try JSONPatch(json: patch).apply(to: target)
        case .strategicMerge:
            guard type?.custom == nil else { throw .unsupportedMediaType(Self.noStrategicMerge) }
            return try StrategicMergePatch.apply(patch, to: target, schema: type.map(MergeSchema.init))
        case .merge:
            guard case .object = patch else { throw .badRequest("a merge patch must be an object") }
            return MergePatch.apply(patch, to: target)
        }
    }

    private static let noStrategicMerge =
        "custom resources have no strategic merge patch - accepted media types include: "
        + [PatchKind.json, .merge].map(\.rawValue).joined(separator: ", ")

    /// Parses the request's body first.
    public static func apply(_ kind: PatchKind, bytes: [UInt8], to target: JSON, type: ResourceType?) throws(KubeStatus)
        -> JSON
    {
        let patch: JSON
        do {
            patch = try JSON(parsing: bytes)
        } catch {
            throw .badRequest("the patch is not JSON: \(error.description)")
        }
        return try apply(kind, patch, to: target, type: type)
    }
}
