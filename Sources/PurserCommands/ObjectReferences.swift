import ArgumentParser
import KubeClient
import KubeModel

/// What a command line points at: whole collections or single objects.
struct ObjectReference: Hashable {
    var resource: APIResource
    /// Nil for the collection.
    var name: String?
}

enum ObjectReferences {
    /// Reads `pods`, `pods,svc`, `pod a b`, `pod/a svc/b` and the category `all`.
    static func parse(_ words: [String], _ mapping: ResourceMapping) throws -> [ObjectReference] {
        guard let first = words.first else {
            throw ValidationError("name a resource type, for example `pods`, or TYPE/NAME")
        }
        if words.contains(where: { $0.contains("/") }) { return try words.map { try pair($0, mapping) } }
        let resources = try first.split(separator: ",").flatMap { word -> [APIResource] in
            let category = mapping.category(String(word))
            return category.isEmpty ? [try mapping.require(String(word))] : category
        }
        let names = words.dropFirst()
        return names.isEmpty
            ? resources.map { ObjectReference(resource: $0) }
            : resources.flatMap { resource in names.map { ObjectReference(resource: resource, name: $0) } }
    }

    private static func pair(_ word: String, _ mapping: ResourceMapping) throws -> ObjectReference {
        let parts = word.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts.contains("") else {
            throw ValidationError("\"\(word)\" is not TYPE/NAME; with one TYPE/NAME all arguments must have this form")
        }
        return ObjectReference(resource: try mapping.require(String(parts[0])), name: String(parts[1]))
    }

    /// Exactly one object, from `TYPE/NAME` or `TYPE NAME`.
    static func single(_ words: [String], _ mapping: ResourceMapping) throws -> (resource: APIResource, name: String) {
        let references = try parse(words, mapping)
        guard references.count == 1, let reference = references.first, let name = reference.name else {
            throw ValidationError("name exactly one object: TYPE/NAME, for example `deployment/web`")
        }
        return (reference.resource, name)
    }
}

extension Session {
    /// The resources that are served, and before its definition's last change one that is named as PLURAL.GROUP and is
    /// not served any more.
    func mapping(naming words: [String]) async throws -> ResourceMapping {
        var mapping = try await mapping()
        for word in words.flatMap({ $0.split(separator: ",") }) {
            let type = String(word.split(separator: "/").first ?? "").lowercased()
            guard type.contains("."), mapping.find(type) == nil else { continue }
            let query = [
                ("stream", "\(GroupResource.customResourceDefinitions)/\(type)"),
                ("type", "CustomResourceDefinitionDeleted"),
                ("order", "newest"), ("limit", "1"),
            ]
            let ends = try await purser("GET", "history", query: query).array("items")
            guard let end = ends.first.map(HistoryCommand.position) else { continue }
            let past = try await self.mapping(at: "\(end - 1)")
            mapping.resources += past.resources.filter { "\($0.groupResource)" == type }
        }
        return mapping
    }

    /// The one object that is named, as the log names it.
    func key(of words: [String]) async throws -> ObjectKey { try key(of: words, try await mapping(naming: words)) }

    func key(of words: [String], _ mapping: ResourceMapping) throws -> ObjectKey {
        let (resource, name) = try ObjectReferences.single(words, mapping)
        return ObjectKey(resource.groupResource, namespace: resource.isNamespaced ? namespace : "", name: name)
    }
}

extension APIResource {
    /// `deployment.apps/web`, as results are named.
    func label(_ name: String) -> String {
        group.isEmpty ? "\(singularName)/\(name)" : "\(singularName).\(group)/\(name)"
    }
}
