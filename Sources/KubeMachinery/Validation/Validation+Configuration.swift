import KubeModel

extension Validation {
    /// Bytes of all values of a ConfigMap or Secret together.
    static let configurationLimit = 1024 * 1024

    static let configurationRules: [String: Rule] = [
        "core/v1.ConfigMap": { object, _, faults in
            var size = 0
            let binary = object["binaryData"]?.objectValue ?? [:]
            for (key, value) in object["data"]?.objectValue ?? [:] {
                let path = FieldPath.root.child("data").key(key)
                faults.invalid(path, key, Syntax.configKey(key))
                if binary[key] != nil { faults.invalid(path, key, "duplicate of key present in binaryData") }
                size += value.stringValue?.utf8.count ?? 0
            }
            for (key, value) in binary {
                faults.invalid(FieldPath.root.child("binaryData").key(key), key, Syntax.configKey(key))
                size += Base64.decodedCount(value.stringValue ?? "")
            }
            if size > configurationLimit { faults.tooLong(.root, limit: configurationLimit) }
        },
        "core/v1.Secret": { object, _, faults in
            let path = FieldPath.root.child("data")
            var size = 0
            for (key, value) in object["data"]?.objectValue ?? [:] {
                faults.invalid(path.key(key), key, Syntax.configKey(key))
                size += Base64.decodedCount(value.stringValue ?? "")
            }
            if size > configurationLimit { faults.tooLong(path, limit: configurationLimit) }
            secretType(object, path, &faults)
        },
    ]

    /// What a Secret of each type must hold.
    private static func secretType(_ object: JSON, _ path: FieldPath, _ faults: inout Faults) {
        let data = object["data"]?.objectValue ?? [:]
        func require(_ keys: [String]) {
            for key in keys where data[key] == nil { faults.required(path.key(key)) }
        }
        switch object.string("type") ?? "" {
        case "kubernetes.io/service-account-token":
            if (object.string("metadata", "annotations", "kubernetes.io/service-account.name") ?? "").isEmpty {
                faults.required(FieldPath.metadata.child("annotations").key("kubernetes.io/service-account.name"))
            }
        case "kubernetes.io/dockercfg": require([".dockercfg"])
        case "kubernetes.io/dockerconfigjson": require([".dockerconfigjson"])
        case "kubernetes.io/basic-auth":
            if data["username"] == nil, data["password"] == nil { require(["username", "password"]) }
        case "kubernetes.io/ssh-auth": require(["ssh-privatekey"])
        case "kubernetes.io/tls": require(["tls.crt", "tls.key"])
        default: break
        }
    }

    static let configMapChange: ChangeRule = { new, old, faults in
        sealed(new, old, ["data", "binaryData"], &faults)
    }

    static let secretChange: ChangeRule = { new, old, faults in
        faults.immutable(new["type"], old["type"], FieldPath.root.child("type"))
        sealed(new, old, ["data"], &faults)
    }

    /// What is marked immutable stays so, and keeps its values.
    private static func sealed(_ new: JSON, _ old: JSON, _ fields: [String], _ faults: inout Faults) {
        guard old.bool("immutable") == true else { return }
        let text = "field is immutable when `immutable` is set"
        if new.bool("immutable") != true { faults.forbidden(FieldPath.root.child("immutable"), text) }
        for field in fields where (new[field] ?? [:]) != (old[field] ?? [:]) {
            faults.forbidden(FieldPath.root.child(field), text)
        }
    }
}
