import KubeModel

/// Which part of each object a table's rows carry (`?includeObject=`).
public enum IncludeObject: String, Sendable, Hashable, CaseIterable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"

    /// - Parameter query: the parameter's value; absent or empty means `Metadata`.
    /// - Throws: 400 for any other text.
    public init(query: String?) throws(KubeStatus) {
        guard let query, !query.isEmpty else {
            self = .metadata
            return
        }
        guard let known = IncludeObject(rawValue: query) else {
            throw .badRequest("invalid includeObject \"\(query)\": must be None, Metadata or Object")
        }
        self = known
    }
}

/// Server-side printing: objects as a `metav1.Table`, the form that `kubectl get` asks for.
public enum Table {
    public static let apiVersion = "meta.k8s.io/v1"

    /// - Parameters:
    ///   - now: the time that ages are counted to.
    ///   - listMetadata: the list's `metadata` (resourceVersion, continue, remainingItemCount), or of a single object
    ///     its own, of which only the resourceVersion is kept.
    public static func render(
        objects: [JSON], type: ResourceType, now: Timestamp, includeObject: IncludeObject = .metadata,
        listMetadata: JSON = [:]
    ) -> JSON {
        var metadata: JSONObject = [:]
        for key in ["continue", "remainingItemCount", "resourceVersion"] { metadata[key] = listMetadata[key] }
        let layout = TableLayout.layout(of: type)
        return table(
            layout, objects, columns: true, now: now, includeObject: includeObject, metadata: .object(metadata))
    }

    /// The table of one watch event's object.
    /// - Parameter isFirst: whether it is the stream's first table; only that one states the columns.
    public static func render(
        watched object: JSON, type: ResourceType, now: Timestamp, includeObject: IncludeObject = .metadata,
        isFirst: Bool
    ) -> JSON {
        var metadata: JSONObject = [:]
        metadata["resourceVersion"] = object["metadata"]?["resourceVersion"]
        let layout = TableLayout.layout(of: type)
        return table(
            layout, [object], columns: isFirst, now: now, includeObject: includeObject, metadata: .object(metadata))
    }

    private static func table(
        _ layout: TableLayout, _ objects: [JSON], columns: Bool, now: Timestamp, includeObject: IncludeObject,
        metadata: JSON
    ) -> JSON {
        [
            "apiVersion": .string(apiVersion), "kind": "Table", "metadata": metadata,
            "columnDefinitions": .array(columns ? layout.columns.map(\.json) : []),
            "rows": .array(objects.map { row($0, layout, now, includeObject) }),
        ]
    }

    private static func row(_ json: JSON, _ layout: TableLayout, _ now: Timestamp, _ include: IncludeObject) -> JSON {
        let object = KubeObject(json)
        var row: JSON = ["cells": .array(layout.cells(object, now))]
        let conditions = layout.conditions(object)
        if !conditions.isEmpty { row["conditions"] = .array(conditions) }
        switch include {
        case .none: break
        case .metadata: row["object"] = PartialObjectMetadata.object(json)
        case .object: row["object"] = json
        }
        return row
    }
}

/// Objects cut down to their metadata (`metav1.PartialObjectMetadata`), as metadata clients ask for them.
public enum PartialObjectMetadata {
    public static func object(_ json: JSON) -> JSON {
        [
            "apiVersion": .string(Table.apiVersion), "kind": "PartialObjectMetadata",
            "metadata": json["metadata"] ?? [:],
        ]
    }

    public static func list(_ objects: [JSON], listMetadata: JSON) -> JSON {
        [
            "apiVersion": .string(Table.apiVersion), "kind": "PartialObjectMetadataList", "metadata": listMetadata,
            "items": .array(objects.map(object)),
        ]
    }
}
