import KubeMachinery
import KubeModel

/// What an event is about, read from its stream's name.
public struct EventTarget: Sendable, Hashable {
    /// `deployments.apps`, `pods`; empty for a path such as `/version`.
    public var resource: String
    /// Empty for what belongs to the cluster; a Namespace itself counts as part of the namespace that it is.
    public var namespace: String
    /// Empty for a collection.
    public var name: String

    public init(resource: String = "", namespace: String = "", name: String = "") {
        (self.resource, self.namespace, self.name) = (resource, namespace, name)
    }

    public init(_ event: Event) {
        self.init()
        guard !event.stream.hasPrefix("/") else { return }
        let parts = event.stream.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 2).map { String(Substring($0)) }
        resource = parts.first ?? ""
        switch parts.count {
        case 3: (namespace, name) = (parts[1], parts[2])
        case 2 where Self.isCollection(event, resource): namespace = parts[1]
        case 2: name = parts[1]
        default: break
        }
        if resource == GroupResource.namespaces.description { namespace = name }
    }

    /// The same without the object's name.
    public var collection: EventTarget { EventTarget(resource: resource, namespace: namespace) }

    /// Calls about a whole collection write `pods/shop`, those about an object of the cluster `nodes/n1`.
    private static func isCollection(_ event: Event, _ resource: String) -> Bool {
        guard event.type == EventCatalogue.callServed || event.type == EventCatalogue.callRefused else { return false }
        if let type = Registry.builtIn.type(GroupResource(resource)) { return type.isNamespaced }
        return ["list", "watch", "create", "deletecollection"].contains(event.caller.verb)
    }
}
