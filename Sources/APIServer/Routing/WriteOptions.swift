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
