import KubeClient
import KubeModel
import LinuxNode
import PodLifecycle

/// A volume that cannot be provided yet.
struct VolumeFailure: Error, Sendable, Hashable {
    var message: String
}

/// Turns the volumes of a pod's spec into what ``VolumeMounter`` provides.
struct VolumeResolution {
    let fields: PodFields
    let pod: PodDefinition
    let sources: ConfigSources

    func resolve(_ volume: JSON) async throws -> PodVolume {
        if let directory = volume["emptyDir"] {
            guard directory.string("medium") == "Memory" else { return .emptyDirectory }
            return .memory(sizeLimitBytes: Quantity(json: directory["sizeLimit"]).map { UInt64(clamping: $0.value) })
        }
        if let host = volume["hostPath"] {
            let type = HostPathType(rawValue: host.string("type") ?? "") ?? .any
            return .hostPath(host.string("path") ?? "/", type)
        }
        if let projected = volume["projected"] {
            var files: [ProjectedFile] = []
            var isSecret = false
            let mode = projected.int("defaultMode")
            for source in projected.array("sources") {
                files += try await self.files(source, defaultMode: mode)
                isSecret = isSecret || source["secret"] != nil
            }
            return .files(files, secret: isSecret)
        }
        let source = volume["configMap"] ?? volume["secret"] ?? volume["downwardAPI"]
        let files = try await files(volume, defaultMode: source?.int("defaultMode"))
        return .files(files, secret: volume["secret"] != nil)
    }

    /// The files of a `configMap`, `secret` or `downwardAPI` member.
    private func files(_ source: JSON, defaultMode: Int64?) async throws -> [ProjectedFile] {
        let mode = UInt32(clamping: defaultMode ?? 0o644)
        if let api = source["downwardAPI"] { return try downward(api, mode) }
        let isSecret = source["secret"] != nil
        guard let reference = source["secret"] ?? source["configMap"] else { return [] }
        let name = reference.string("secretName") ?? reference.string("name") ?? ""
        let isOptional = reference.bool("optional") == true
        guard let values = try await sources.values(isSecret ? .secrets : .configMaps, name) else {
            if isOptional { return [] }
            throw VolumeFailure(message: "\(isSecret ? "secret" : "configmap") \"\(name)\" not found")
        }
        guard let items = reference["items"]?.arrayValue, !items.isEmpty else {
            return values.sorted { $0.key < $1.key }.map { ProjectedFile(path: $0.key, content: $0.value, mode: mode) }
        }
        return try items.compactMap { item in
            let key = item.string("key") ?? ""
            guard let content = values[key] else {
                if isOptional { return nil }
                throw VolumeFailure(message: "references non-existent \(isSecret ? "secret" : "config") key: \(key)")
            }
            return ProjectedFile(
                path: item.string("path") ?? key, content: content,
                mode: item.int("mode").map { UInt32(clamping: $0) } ?? mode)
        }
    }

    private func downward(_ api: JSON, _ mode: UInt32) throws -> [ProjectedFile] {
        try api.array("items").map { item in
            let path = item.string("path") ?? ""
            let fileMode = item.int("mode").map { UInt32(clamping: $0) } ?? mode
            return ProjectedFile(path: path, content: Array(try downwardValue(item).utf8), mode: fileMode)
        }
    }

    private func downwardValue(_ item: JSON) throws -> String {
        if let field = item.string("fieldRef", "fieldPath") {
            guard let value = fields.value(field) else {
                throw VolumeFailure(message: "unsupported fieldPath: \(field)")
            }
            return value
        }
        guard let reference = item["resourceFieldRef"],
            let container = pod.container(reference.string("containerName") ?? "")
        else {
            throw VolumeFailure(
                message: "a downwardAPI item needs a fieldRef, or a resourceFieldRef with a containerName")
        }
        return try fields.resource(reference, container: container)
    }
}
