import Domain
import KubeMachinery
import KubeModel

/// Custom resources come back under the definition that their kind has at that point of the plan: that of today, or, in
/// a rollback of the cluster, that of then.
extension Restorer {
    static func noDefinition(of key: ObjectKey) -> KubeStatus {
        .badRequest(
            "its CustomResourceDefinition \(key.resource) is not there; bring that back first (purser undelete "
                + "customresourcedefinition/\(key.resource)), or roll back the cluster")
    }

    /// What does not fit the present schema is left as it is, and says why.
    static func misfit(_ fault: KubeStatus) -> KubeStatus {
        guard fault.code == 422 else { return fault }
        let causes = fault.causes.map { "\($0.field): \($0.message)" }.joined(separator: ", ")
        return KubeStatus(
            code: 422, reason: "Invalid",
            message: "it does not fit the schema that its CustomResourceDefinition has now (\(causes)); roll the "
                + "definition back as well, or make the object anew by hand", causes: fault.causes)
    }

    /// The earlier form without the fields that are gone from the schema, and with the defaults of those that are new.
    func fit(_ form: inout JSON, _ earlier: StoredObject, _ type: ResourceType, _ notes: inout [String]) {
        guard let custom = type.custom else { return }
        let stored = earlier.member("apiVersion")?.stringValue ?? ""
        let isServed = registry.types.contains { $0.groupResource == type.groupResource && $0.apiVersion == stored }
        if !isServed { notes.append("\(stored) is not served any more: it comes back as \(type.apiVersion)") }
        for field in custom.prune(&form) { notes.append("the schema does not have it any more: \(field)") }
        Defaulting.apply(to: &form, type)
    }
}
