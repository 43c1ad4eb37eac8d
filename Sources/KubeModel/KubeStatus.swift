/// A `metav1.Status` of failure: what the API answers when it refuses, with Kubernetes' code, reason and causes.
public struct KubeStatus: Error, Sendable, Hashable, CustomStringConvertible {
    /// One field's fault within an Invalid (`metav1.StatusCause`).
    public struct Cause: Sendable, Hashable {
        /// `FieldValueRequired`, `FieldValueInvalid`, `FieldValueNotSupported`, `FieldValueForbidden`, ...
        public var reason: String
        public var message: String
        /// The path as Kubernetes writes it: `spec.containers[0].volumeMounts[0].name`.
        public var field: String
        public init(reason: String, message: String, field: String) {
            (self.reason, self.message, self.field) = (reason, message, field)
        }
    }

    public var code: Int
    public var reason: String
    public var message: String
    /// `details`: name, group and kind (the resource for NotFound and Conflict, the kind for Invalid).
    public var name: String
    public var group: String
    public var kind: String
    public var causes: [Cause]
    public var retryAfterSeconds: Int?

    public init(
        code: Int, reason: String, message: String, name: String = "", group: String = "", kind: String = "",
        causes: [Cause] = [], retryAfterSeconds: Int? = nil
    ) {
        (self.code, self.reason, self.message) = (code, reason, message)
        (self.name, self.group, self.kind) = (name, group, kind)
        (self.causes, self.retryAfterSeconds) = (causes, retryAfterSeconds)
    }

    public var description: String { "\(reason) (\(code)): \(message)" }

    /// The object as clients receive it.
    public var json: JSON {
        var status: JSON = [
            "apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Failure",
            "message": .string(message), "reason": .string(reason), "code": .int(Int64(code)),
        ]
        var details: JSONObject = [:]
        if !name.isEmpty { details["name"] = .string(name) }
        if !group.isEmpty { details["group"] = .string(group) }
        if !kind.isEmpty { details["kind"] = .string(kind) }
        if let retryAfterSeconds { details["retryAfterSeconds"] = .int(Int64(retryAfterSeconds)) }
        if !causes.isEmpty {
            details["causes"] = .array(
                causes.map {
                    ["reason": .string($0.reason), "message": .string($0.message), "field": .string($0.field)]
                })
        }
        if !details.isEmpty { status["details"] = .object(details) }
        return status
    }

    /// Reads a Status that a server answered; nil for any other object.
    public init?(json: JSON) {
        guard json.string("kind") == "Status" else { return nil }
        let details = json["details"] ?? [:]
        self.init(
            code: Int(json.int("code") ?? 500), reason: json.string("reason") ?? "",
            message: json.string("message") ?? "",
            name: details.string("name") ?? "", group: details.string("group") ?? "",
            kind: details.string("kind") ?? "",
            causes: details.array("causes").map {
                Cause(
                    reason: $0.string("reason") ?? "", message: $0.string("message") ?? "",
                    field: $0.string("field") ?? "")
            }, retryAfterSeconds: details.int("retryAfterSeconds").map(Int.init))
    }
}

extension KubeStatus {
    public static func badRequest(_ message: String) -> KubeStatus {
        KubeStatus(code: 400, reason: "BadRequest", message: message)
    }

    public static func unauthorized() -> KubeStatus {
        KubeStatus(code: 401, reason: "Unauthorized", message: "Unauthorized")
    }

    /// `reason` is appended behind a colon, as Kubernetes does; empty for none.
    public static func forbidden(_ resource: GroupResource, name: String, _ reason: String) -> KubeStatus {
        let subject = name.isEmpty ? "\(resource)" : "\(resource) \"\(name)\""
        return KubeStatus(
            code: 403, reason: "Forbidden", message: "\(subject) is forbidden: \(reason)", name: name,
            group: resource.group, kind: resource.resource)
    }

    public static func notFound(_ resource: GroupResource, name: String) -> KubeStatus {
        KubeStatus(
            code: 404, reason: "NotFound", message: "\(resource) \"\(name)\" not found", name: name,
            group: resource.group, kind: resource.resource)
    }

    /// The path is not served at all.
    public static func noSuchPath() -> KubeStatus {
        KubeStatus(code: 404, reason: "NotFound", message: "the server could not find the requested resource")
    }

    public static func methodNotAllowed() -> KubeStatus {
        KubeStatus(
            code: 405, reason: "MethodNotAllowed",
            message: "the server does not allow this method on the requested resource")
    }

    public static func alreadyExists(_ resource: GroupResource, name: String) -> KubeStatus {
        KubeStatus(
            code: 409, reason: "AlreadyExists", message: "\(resource) \"\(name)\" already exists", name: name,
            group: resource.group, kind: resource.resource)
    }

    public static func conflict(_ resource: GroupResource, name: String, _ reason: String) -> KubeStatus {
        KubeStatus(
            code: 409, reason: "Conflict",
            message: "Operation cannot be fulfilled on \(resource) \"\(name)\": \(reason)",
            name: name, group: resource.group, kind: resource.resource)
    }

    /// The object changed since the caller read it.
    public static func staleResourceVersion(_ resource: GroupResource, name: String) -> KubeStatus {
        conflict(
            resource, name: name,
            "the object has been modified; please apply your changes to the latest version and try again")
    }

    /// 422 with one cause a field; the message lists them as Kubernetes does.
    public static func invalid(_ kind: GroupVersionKind, name: String, _ causes: [Cause]) -> KubeStatus {
        let details = causes.map { "\($0.field): \($0.message)" }
        let text = details.count == 1 ? details[0] : "[\(details.joined(separator: ", "))]"
        let kindText = kind.group.isEmpty ? kind.kind : "\(kind.kind).\(kind.group)"
        return KubeStatus(
            code: 422, reason: "Invalid", message: "\(kindText) \"\(name)\" is invalid: \(text)", name: name,
            group: kind.group, kind: kind.kind, causes: causes)
    }

    public static func unsupportedMediaType(_ message: String) -> KubeStatus {
        KubeStatus(code: 415, reason: "UnsupportedMediaType", message: message)
    }

    public static func notAcceptable(_ message: String) -> KubeStatus {
        KubeStatus(code: 406, reason: "NotAcceptable", message: message)
    }

    public static func requestEntityTooLarge(limit: Int) -> KubeStatus {
        KubeStatus(
            code: 413, reason: "RequestEntityTooLarge", message: "Request entity too large: limit is \(limit)")
    }

    public static func internalError(_ message: String) -> KubeStatus {
        KubeStatus(code: 500, reason: "InternalError", message: "Internal error occurred: \(message)")
    }

    public static func serviceUnavailable(_ message: String, retryAfter: Int = 1) -> KubeStatus {
        KubeStatus(code: 503, reason: "ServiceUnavailable", message: message, retryAfterSeconds: retryAfter)
    }

    /// The outcome is unknown: the call may have taken effect.
    public static func timeout(_ message: String) -> KubeStatus {
        KubeStatus(code: 504, reason: "Timeout", message: message)
    }
}
