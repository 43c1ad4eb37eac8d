import KubeModel
import Yams

/// Turns one YAML document into a tree.
enum YAMLBody {
    /// Nodes after aliases are followed; more is an attack ("billion laughs").
    static let nodeLimit = 1_000_000

    static func decode(_ bytes: [UInt8]) throws(KubeStatus) -> JSON {
        let documents: [Node]
        do {
            documents = try Array(Yams.compose_all(yaml: String(decoding: bytes, as: UTF8.self)))
        } catch {
            throw .badRequest("the body is not valid YAML: \(error)")
        }
        guard documents.count == 1, let document = documents.first else {
            throw .badRequest("the body must hold one YAML document, not \(documents.count)")
        }
        var count = 0
        return try convert(document, depth: 0, &count)
    }

    private static func convert(_ node: Node, depth: Int, _ count: inout Int) throws(KubeStatus) -> JSON {
        count += 1
        guard count <= nodeLimit, depth < JSON.maximumDepth else {
            throw .badRequest("the YAML body is nested too deeply or repeats too much by aliases")
        }
        switch node {
        case .scalar(let scalar): return value(scalar, node)
        case .sequence(let sequence):
            var elements: [JSON] = []
            for element in sequence { elements.append(try convert(element, depth: depth + 1, &count)) }
            return .array(elements)
        case .mapping(let mapping):
            var members: [(String, JSON)] = []
            for (key, element) in mapping {
                guard case .scalar(let name) = key else { throw .badRequest("a key in the YAML body is no scalar") }
                members.append((name.string, try convert(element, depth: depth + 1, &count)))
            }
            return .object(JSONObject(members))
        case .alias: throw .badRequest("the YAML body uses an alias that is not defined")
        }
    }

    private static func value(_ scalar: Node.Scalar, _ node: Node) -> JSON {
        switch node.tag.rawValue {
        case Tag.Name.null.rawValue: return .null
        case Tag.Name.bool.rawValue: return Bool.construct(from: scalar).map { .bool($0) } ?? .string(scalar.string)
        case Tag.Name.int.rawValue:
            if let number = Int64.construct(from: scalar) { return .int(number) }
            return Double(scalar.string).map { .double($0) } ?? .string(scalar.string)
        case Tag.Name.float.rawValue:
            guard let number = Double.construct(from: scalar), number.isFinite else { return .string(scalar.string) }
            return .double(number)
        default: return .string(scalar.string)
        }
    }
}
