import KubeMachinery
import KubeModel

/// A `fieldSelector=` query: fields by their path in the object, compared as text.
public struct FieldSelector: Sendable, Hashable {
    public struct Requirement: Sendable, Hashable {
        /// `metadata.name`, `spec.nodeName`, …
        public var field: String
        public var value: String
        /// Whether the field must have the value, or must not.
        public var equals: Bool

        public init(field: String, value: String, equals: Bool = true) {
            (self.field, self.value, self.equals) = (field, value, equals)
        }
    }

    public var requirements: [Requirement]

    public init(_ requirements: [Requirement] = []) { self.requirements = requirements }

    /// A selector without requirements selects everything.
    public var isEmpty: Bool { requirements.isEmpty }

    /// The value that a field must have, if the selector states one.
    public func value(of field: String) -> String? {
        requirements.first { $0.equals && $0.field == field }?.value
    }

    /// Parses `a=b,c!=d,e==f`; a backslash takes the meaning from a comma, an equals sign or a backslash.
    public init(query: String) throws(KubeStatus) {
        requirements = []
        for term in Self.split(query) where !term.isEmpty { requirements.append(try Self.requirement(term)) }
    }

    /// Splits at commas, keeping escapes.
    private static func split(_ query: String) -> [String] {
        var terms = [""]
        var isEscaped = false
        for character in query {
            if character == ",", !isEscaped {
                terms.append("")
            } else {
                terms[terms.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return terms
    }

    private static func requirement(_ term: String) throws(KubeStatus) -> Requirement {
        guard let sign = term.firstIndex(of: "=") else {
            throw .badRequest(
                "invalid selector: \"\(term)\"; write for example metadata.name=web,status.phase!=Running")
        }
        var field = term[..<sign]
        var value = term[term.index(after: sign)...]
        let equals = field.last != "!"
        if !equals { field.removeLast() }
        if equals, value.first == "=" { value.removeFirst() }
        return Requirement(field: String(field), value: try unescape(value), equals: equals)
    }

    private static func unescape(_ text: Substring) throws(KubeStatus) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                guard character == "\\" || character == "," || character == "=" else {
                    throw .badRequest("invalid field selector: invalid escape \\\(character) in \"\(text)\"")
                }
                result.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        if isEscaped { throw .badRequest("invalid field selector: \"\(text)\" ends in a backslash") }
        return result
    }
}

extension FieldSelector {
    /// - Parameter object: the whole object as it is served.
    public func matches(_ object: JSON) -> Bool {
        requirements.allSatisfy { (Self.text(object, $0.field) == $0.value) == $0.equals }
    }

    /// The value of a field as selectors compare it; what is absent is empty, or false where the field is a boolean.
    static func text(_ object: JSON, _ field: String) -> String {
        if field == "source" {
            return object.string("source", "component") ?? object.string("reportingComponent") ?? ""
        }
        var value: JSON? = object
        for (index, step) in field.split(separator: ".").enumerated() {
            // Events are stored under the core group's names.
            value = value?[index == 0 && step == "regarding" ? "involvedObject" : String(step)]
        }
        switch value {
        case .string(let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        case .int(let number): return String(number)
        case nil, .null: return booleans.contains(field) ? "false" : numbers.contains(field) ? "0" : ""
        default: return ""
        }
    }

    private static let booleans: Set<String> = ["spec.unschedulable", "spec.hostNetwork"]
    private static let numbers: Set<String> = ["status.replicas", "status.successful"]

    /// The fields that Kubernetes lets a client select by, beside name and namespace.
    private static let selectable: [String: Set<String>] = [
        "pods": [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
            "status.phase", "status.podIP", "status.nominatedNodeName",
        ],
        "events": eventFields, "events.events.k8s.io": eventFields.union(["regarding.kind", "regarding.name"]),
        "nodes": ["spec.unschedulable"], "secrets": ["type"], "namespaces": ["status.phase"],
        "services": ["spec.clusterIP", "spec.type"], "replicasets.apps": ["status.replicas"],
        "replicationcontrollers": ["status.replicas"], "jobs.batch": ["status.successful"],
        "certificatesigningrequests.certificates.k8s.io": ["spec.signerName"],
    ]

    private static let eventFields: Set<String> = [
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
        "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
        "reportingComponent", "source", "type",
    ]

    /// Refuses fields that a resource cannot be selected by.
    ///
    /// - Throws: 400, naming those that it can.
    public func validate(for type: ResourceType) throws(KubeStatus) {
        let resource = type.groupResource
        let known = (type.custom?.selectableFields ?? Self.selectable[resource.description, default: []])
            .union(["metadata.name", "metadata.namespace"])
        for requirement in requirements where !known.contains(requirement.field) {
            throw .badRequest(
                "field label not supported: \(requirement.field); \(resource) can be selected by "
                    + known.sorted().joined(separator: ", "))
        }
    }
}
