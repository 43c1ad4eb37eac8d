import KubeMachinery
import KubeModel

/// `metav1.CreateOptions` and `metav1.UpdateOptions`, which are alike.
public struct WriteOptions: Sendable, Hashable {
    public var isDryRun = false
    /// Who is recorded as the fields' owner; empty to derive it from the user agent.
    public var fieldManager = ""
    public var fieldValidation = FieldValidation.warn

    public init() {}

    public init(_ query: Query, isUpdate: Bool = false) throws(KubeStatus) {
        guard !query.isEmpty else { return }
        let kind = isUpdate ? "UpdateOptions" : "CreateOptions"
        isDryRun = try query.isDryRun(kind)
        fieldManager = try query.fieldManager(kind)
        fieldValidation = try query.fieldValidation(kind)
    }
}

/// `metav1.PatchOptions`.
public struct PatchOptions: Sendable, Hashable {
    public var isDryRun = false
    public var fieldManager = ""
    public var fieldValidation = FieldValidation.warn
    /// Whether an apply takes fields over that others own.
    public var force = false

    public init() {}

    public init(_ query: Query, _ type: PatchType) throws(KubeStatus) {
        let kind = "PatchOptions"
        if !query.isEmpty {
            isDryRun = try query.isDryRun(kind)
            fieldManager = try query.fieldManager(kind)
            fieldValidation = try query.fieldValidation(kind)
            force = query.boolean("force") ?? false
        }
        if type == .apply {
            if fieldManager.isEmpty {
                throw .optionInvalid(
                    kind, "fieldManager", "FieldValueRequired", "Required value: is required for apply patch")
            }
        } else if query["force"] != nil {
            throw .optionForbidden(kind, "force", "may not be specified for non-apply patch")
        }
    }
}

/// `metav1.DeleteOptions`, from the body where there is one, else from the query.
public struct DeleteOptions: Sendable, Hashable {
    public enum Propagation: String, Sendable, Hashable {
        case orphan = "Orphan"
        case background = "Background"
        case foreground = "Foreground"
    }

    /// Seconds; nil for the object's own.
    public var gracePeriodSeconds: Int64?
    /// Nil for the resource's default.
    public var propagation: Propagation?
    public var isDryRun = false
    /// The object must have this uid, or the call is a conflict.
    public var preconditionUID: String?
    /// The object must have this resourceVersion, or the call is a conflict.
    public var preconditionResourceVersion: String?

    public init() {}

    /// - Parameter body: the decoded body; nil if there was none.
    public init(_ query: Query, body: JSON?) throws(KubeStatus) {
        if let body { try read(body) } else if !query.isEmpty { try read(query) }
        // A negative period is taken as the shortest, as Kubernetes does.
        if let seconds = gracePeriodSeconds, seconds < 0 { gracePeriodSeconds = 1 }
    }

    private static let kind = "DeleteOptions"

    private mutating func read(_ query: Query) throws(KubeStatus) {
        gracePeriodSeconds = try query.integer("gracePeriodSeconds")
        isDryRun = try query.isDryRun(Self.kind)
        try setPropagation(query["propagationPolicy"], orphan: query.boolean("orphanDependents"))
    }

    private mutating func read(_ body: JSON) throws(KubeStatus) {
        guard case .object = body, body.string("kind").map({ $0 == Self.kind }) ?? true else {
            throw .badRequest("the body of a delete must be a DeleteOptions object or empty")
        }
        if let seconds = body["gracePeriodSeconds"], !seconds.isNull {
            guard let number = seconds.intValue else { throw .badRequest("gracePeriodSeconds must be an integer") }
            gracePeriodSeconds = number
        }
        for value in body.array("dryRun") where value.stringValue != "All" {
            throw .optionInvalid(
                Self.kind, "dryRun", "FieldValueNotSupported",
                "Unsupported value: \(value.canonicalText): supported values: \"All\"")
        }
        isDryRun = !body.array("dryRun").isEmpty
        preconditionUID = body.string("preconditions", "uid")
        preconditionResourceVersion = body.string("preconditions", "resourceVersion")
        try setPropagation(body.string("propagationPolicy"), orphan: body.bool("orphanDependents"))
    }

    private mutating func setPropagation(_ policy: String?, orphan: Bool?) throws(KubeStatus) {
        if let policy, !policy.isEmpty {
            guard let propagation = Propagation(rawValue: policy) else {
                throw .optionInvalid(
                    Self.kind, "propagationPolicy", "FieldValueNotSupported",
                    "Unsupported value: \"\(policy)\": supported values: \"Background\", \"Foreground\", \"Orphan\"")
            }
            self.propagation = propagation
        }
        guard let orphan else { return }
        if propagation != nil {
            throw .optionInvalid(
                Self.kind, "propagationPolicy", "FieldValueInvalid",
                "Invalid value: \"\(policy ?? "")\": orphanDependents and propagationPolicy may not both be set")
        }
        propagation = orphan ? .orphan : .background
    }
}
