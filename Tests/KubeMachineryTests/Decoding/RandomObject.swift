import KubeModel
import PropertyTesting

@testable import KubeMachinery

/// Objects of a type with some of its fields, each of its field's type.
enum RandomObject {
    static func of(_ type: TypeSchema, _ schema: Schema, _ generator: inout SeededRandom, depth: Int = 0) -> JSON {
        var object: JSONObject = [:]
        for field in type.fields where Int.random(in: 0..<(depth + 2), using: &generator) == 0 {
            guard !["apiVersion", "kind"].contains(field.name) else { continue }
            object[field.name] = value(field.kind, schema, &generator, depth: depth + 1)
        }
        return .object(object)
    }

    private static func value(
        _ kind: ValueKind, _ schema: Schema, _ generator: inout SeededRandom, depth: Int
    ) -> JSON {
        switch kind {
        case .string: ["", "a", "B-c", "1"].randomElement(using: &generator) ?? .null
        case .duration: "1m"
        case .int32, .int64: .int(Int64.random(in: -2...2, using: &generator))
        case .bool: .bool(Bool.random(using: &generator))
        case .double: .double(0.5)
        case .bytes: ["", "aGk="].randomElement(using: &generator) ?? .null
        case .time, .microTime:
            ["2024-02-29T01:02:03Z", "2024-02-29T01:02:03.5+01:00"].randomElement(using: &generator) ?? .null
        case .quantity: ["1", 2, "0.5", "1500Mi", "100m", "1e3"].randomElement(using: &generator) ?? .null
        case .intOrString: ["25%", 1, 0].randomElement(using: &generator) ?? .null
        case .any: ["x": .null]
        case .list(let element):
            .array(
                (0..<Int.random(in: 0...2, using: &generator)).map { _ in
                    value(element, schema, &generator, depth: depth)
                })
        case .map(let element):
            .object(
                JSONObject(
                    (0..<Int.random(in: 0...2, using: &generator)).map {
                        ("k\($0)", value(element, schema, &generator, depth: depth))
                    }))
        case .object(let reference): of(schema[reference], schema, &generator, depth: depth)
        }
    }
}
