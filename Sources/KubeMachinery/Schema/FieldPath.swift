/// Where a value stands in an object, written as Kubernetes does: `spec.containers[0].ports[1].name`.
struct FieldPath: Sendable, Hashable, CustomStringConvertible {
    let description: String

    static let root = FieldPath(description: "")
    static let spec = FieldPath(description: "spec")
    static let metadata = FieldPath(description: "metadata")

    func child(_ name: String) -> FieldPath {
        FieldPath(description: description.isEmpty ? name : "\(description).\(name)")
    }

    func index(_ index: Int) -> FieldPath { FieldPath(description: "\(description)[\(index)]") }
    func key(_ key: String) -> FieldPath { FieldPath(description: "\(description)[\(key)]") }
}
