import KubeModel

/// What one version of a CustomResourceDefinition says of its kind beyond the names.
public final class CustomResource: Sendable {
    /// A column of the tables that `kubectl get` prints (`additionalPrinterColumns`).
    struct Column: Sendable {
        let column: TableColumn
        let query: FieldQuery
        /// `string`, `integer`, `number`, `boolean` or `date`.
        let type: String
    }

    /// Where the scale subresource finds its counts and its selector, as names of members.
    public struct ScalePaths: Sendable, Hashable {
        let specReplicas: [String]
        let statusReplicas: [String]
        let selector: [String]?
    }

    let schema: StructuralSchema
    let columns: [Column]
    public let scale: ScalePaths?
    public let hasStatus: Bool
    /// The fields that objects can be selected by, beside name and namespace: `spec.color`.
    public let selectableFields: Set<String>
    /// The apiVersion that objects are stored in: `example.com/v1`.
    public let storedAPIVersion: String
    /// False if stored objects may be in another version than the one that is asked for.
    public let isStoredInOneVersion: Bool
    /// What callers are told who use a version that is to go.
    public let deprecationWarning: String?

    /// - Parameter version: an element of `spec.versions`.
    init(version: JSON, kind: GroupVersionKind, storedAPIVersion: String, isStoredInOneVersion: Bool) {
        schema = StructuralSchema(version["schema"]?["openAPIV3Schema"] ?? [:])
        columns = version.array("additionalPrinterColumns").compactMap(Column.init)
        hasStatus = version["subresources"]?["status"] != nil
        scale = version["subresources"]?["scale"].flatMap(ScalePaths.init)
        selectableFields = Set(
            version.array("selectableFields").compactMap { field in
                field.string("jsonPath").flatMap { FieldQuery($0)?.plainPath?.joined(separator: ".") }
            })
        (self.storedAPIVersion, self.isStoredInOneVersion) = (storedAPIVersion, isStoredInOneVersion)
        deprecationWarning =
            version.bool("deprecated") == true
            ? version.string("deprecationWarning") ?? "\(kind.apiVersion) \(kind.kind) is deprecated" : nil
    }

    /// `metadata.generation` counts every change but those of metadata, and of the status where it is a subresource.
    var unversionedMembers: Set<String> {
        StructuralSchema.objectMembers.union(hasStatus ? ["status"] : [])
    }
}

extension CustomResource.Column {
    fileprivate init?(_ json: JSON) {
        guard let query = FieldQuery(json.string("jsonPath") ?? "") else { return nil }
        self.query = query
        type = json.string("type") ?? "string"
        column = TableColumn(
            json.string("name") ?? "", json.string("description") ?? "", type: type,
            format: json.string("format") ?? "", priority: json.int("priority") ?? 0)
    }
}

extension CustomResource.ScalePaths {
    fileprivate init?(_ json: JSON) {
        func path(_ name: String) -> [String]? { json.string(name).flatMap { FieldQuery($0)?.plainPath } }
        guard let spec = path("specReplicasPath"), let status = path("statusReplicasPath") else { return nil }
        (specReplicas, statusReplicas, selector) = (spec, status, path("labelSelectorPath"))
    }
}
