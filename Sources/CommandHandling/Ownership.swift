import Domain
import KubeModel

/// Whose an object is: what people asked for can be rolled back, what the system keeps follows by itself.
public enum Ownership {
    /// True if people own the object's desired state: its kind is no observed one, no controller made it, and it is
    /// none of those that the system gives to every namespace.
    public static func isPeoples(_ key: ObjectKey, _ object: StoredObject) -> Bool {
        if EventCatalogue.observedKinds.contains(key.resource) { return false }
        if key.resource == .serviceAccounts, key.name == "default" { return false }
        return controller(of: object) == nil
    }

    /// The owner that runs the object (`Kind/name`), nil for an object that stands for itself.
    public static func controller(of object: StoredObject) -> String? {
        guard let owners = object.member("metadata", "ownerReferences")?.arrayValue,
            let owner = owners.first(where: { $0.bool("controller") == true })
        else { return nil }
        return "\(owner.string("kind") ?? "")/\(owner.string("name") ?? "")"
    }
}
