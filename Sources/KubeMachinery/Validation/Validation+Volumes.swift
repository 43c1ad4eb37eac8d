import KubeModel

extension Validation {
    static let volumeRules: [String: Rule] = [
        "core/v1.Volume": { volume, path, faults in
            if let name = volume.string("name"), !name.isEmpty {
                faults.invalid(path.child("name"), name, Syntax.label(name))
            }
            let sources = (volume.objectValue?.names ?? []).filter { $0 != "name" }
            if sources.isEmpty { faults.required(path, "must specify a volume type") }
            for name in sources.dropFirst() {
                faults.forbidden(path.child(name), "may not specify more than 1 volume type")
            }
        },
        "core/v1.ConfigMapVolumeSource": { source, path, faults in
            if (source.string("name") ?? "").isEmpty { faults.required(path.child("name")) }
            mode(source, "defaultMode", path, &faults)
        },
        "core/v1.SecretVolumeSource": { source, path, faults in
            if (source.string("secretName") ?? "").isEmpty { faults.required(path.child("secretName")) }
            mode(source, "defaultMode", path, &faults)
        },
        "core/v1.ProjectedVolumeSource": { source, path, faults in mode(source, "defaultMode", path, &faults) },
        "core/v1.DownwardAPIVolumeSource": { source, path, faults in mode(source, "defaultMode", path, &faults) },
        "core/v1.VolumeProjection": { projection, path, faults in
            for name in (projection.objectValue?.names ?? []).dropFirst() {
                faults.forbidden(path.child(name), "may not specify more than 1 volume type")
            }
        },
        "core/v1.ConfigMapProjection": projectionName,
        "core/v1.SecretProjection": projectionName,
        "core/v1.ServiceAccountTokenProjection": { projection, path, faults in
            if let seconds = projection.int("expirationSeconds"), seconds < 600 {
                faults.invalid(
                    path.child("expirationSeconds"), .int(seconds), "may not specify a duration less than 10 minutes")
            }
        },
        "core/v1.KeyToPath": { item, path, faults in
            if let target = item.string("path"), !target.isEmpty { localPath(target, path.child("path"), &faults) }
            mode(item, "mode", path, &faults)
        },
        "core/v1.HostPathVolumeSource": { source, path, faults in
            if source.string("path")?.split(separator: "/").contains("..") == true {
                faults.invalid(path.child("path"), source.string("path") ?? "", "must not contain '..'")
            }
        },
        "core/v1.EmptyDirVolumeSource": { source, path, faults in
            if let limit = Quantity(json: source["sizeLimit"]), limit < .zero {
                faults.forbidden(path.child("sizeLimit"), "SizeLimit field must be a valid resource quantity")
            }
        },
        "core/v1.NFSVolumeSource": { source, path, faults in
            if let target = source.string("path"), !target.isEmpty, !target.hasPrefix("/") {
                faults.invalid(path.child("path"), target, "must be an absolute path")
            }
        },
    ]

    private static let projectionName: Rule = { projection, path, faults in
        if (projection.string("name") ?? "").isEmpty { faults.required(path.child("name")) }
    }

    private static func mode(_ value: JSON, _ name: String, _ path: FieldPath, _ faults: inout Faults) {
        guard let mode = value.int(name), !(0...0o777).contains(mode) else { return }
        faults.invalid(
            path.child(name), .int(mode), "must be a number between 0 and 0777 (octal), both inclusive")
    }
}
