import CommandHandling
import KubeMachinery
import KubeModel

/// `metav1.DeleteOptions` of a call, from the body where there is one, else from the query.
extension DeleteOptions {
    /// - Parameter body: the decoded body; nil if there was none.
    public init(_ query: Query, body: JSON?) throws(KubeStatus) {
        self.init()
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
        uid = body.string("preconditions", "uid")
        resourceVersion = body.string("preconditions", "resourceVersion")
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
