import KubeModel
import Yams

public struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// YAML as Kubernetes reads and writes it: the JSON data model in another notation.
public enum YAML {
    /// Values in a stream after aliases are followed; more is an attack ("billion laughs").
    public static let valueLimit = 1_000_000

    /// Every document of a stream, empty ones left out. JSON is YAML, so it is read as well.
    public static func documents(_ text: String) throws(YAMLError) -> [JSON] {
        do {
            let parser = try Yams.Parser(yaml: text)
            var reader = TreeReader()
            var documents: [JSON] = []
            while let root = try parser.nextRoot() {
                let value = try reader.json(root, depth: 0)
                if !value.isNull { documents.append(value) }
            }
            return documents
        } catch let error as YAMLError {
            throw error
        } catch {
            throw YAMLError("\(error)")
        }
    }
}

/// Turns nodes into trees, and counts what it makes.
private struct TreeReader {
    private var count = 0

    mutating func json(_ node: Node, depth: Int) throws -> JSON {
        count += 1
        guard count <= YAML.valueLimit else {
            throw YAMLError("more than \(YAML.valueLimit) values after aliases are followed")
        }
        guard depth < JSON.maximumDepth else { throw YAMLError("nested deeper than \(JSON.maximumDepth) levels") }
        switch node {
        case .scalar(let scalar): return YAML.value(of: scalar)
        case .sequence(let sequence): return .array(try sequence.map { try json($0, depth: depth + 1) })
        case .mapping(let mapping): return .object(try object(mapping, depth: depth))
        case .alias(let alias): throw YAMLError("the alias *\(alias.anchor.rawValue) has no anchor before it")
        }
    }

    private mutating func object(_ mapping: Node.Mapping, depth: Int) throws -> JSONObject {
        var merged: [(String, JSON)] = []
        var members: [(String, JSON)] = []
        for (key, value) in mapping {
            guard case .scalar(let name) = key else { throw YAMLError("a key of a mapping must be a string") }
            if name.string == "<<", name.style == .plain {
                let inherited = try json(value, depth: depth + 1)
                for part in inherited.arrayValue ?? [inherited] { merged += part.objectValue.map(Array.init) ?? [] }
            } else {
                members.append((name.string, try json(value, depth: depth + 1)))
            }
        }
        return JSONObject(merged + members)
    }
}

extension YAML {
    /// The value of a scalar by the core schema, with the old octal notation (`0644`), which file modes still use.
    fileprivate static func value(of scalar: Node.Scalar) -> JSON {
        let text = scalar.string
        switch scalar.tag.rawValue {
        case Tag.Name.str.rawValue: return .string(text)
        case Tag.Name.implicit.rawValue, "":
            return scalar.style == .plain || scalar.style == .any ? plain(text) : .string(text)
        default: return plain(text)
        }
    }

    static func plain(_ text: String) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
        default: return number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> JSON? {
        guard let first = text.utf8.first, (0x30...0x39).contains(first) || [0x2B, 0x2D, 0x2E].contains(first) else {
            return nil
        }
        let negative = text.hasPrefix("-")
        let digits = text.drop { $0 == "-" || $0 == "+" }
        guard text.count - digits.count <= 1, let lead = digits.utf8.first else { return nil }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            return Int64(digits.dropFirst(2), radix: radix).map { .int(negative ? -$0 : $0) }
        }
        if digits.count > 1, lead == 0x30, let octal = Int64(digits, radix: 8) {
            return .int(negative ? -octal : octal)
        }
        if let whole = Int64(text) { return .int(whole) }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }),
            let value = Double(text), value.isFinite
        else { return nil }
        return .double(value)
    }
}
