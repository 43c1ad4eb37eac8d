import KubeModel

/// A JSON patch (RFC 6902): operations applied in order, all or none.
public struct JSONPatch: Sendable, Hashable {
    public enum Operation: Sendable, Hashable {
        case add(JSONPointer, JSON)
        case remove(JSONPointer)
        case replace(JSONPointer, JSON)
        case move(from: JSONPointer, to: JSONPointer)
        case copy(from: JSONPointer, to: JSONPointer)
        case test(JSONPointer, JSON)
    }

    /// More operations than this are refused with 413, as in Kubernetes.
    public static let maximumOperations = 10_000

    public var operations: [Operation]

    public init(operations: [Operation]) { self.operations = operations }

    /// - Throws: 400 where the document is no JSON patch, 413 where it has too many operations.
    public init(json: JSON) throws(KubeStatus) {
        guard let elements = json.arrayValue else {
            throw .badRequest("a JSON patch must be an array of operations")
        }
        guard elements.count <= Self.maximumOperations else {
            throw KubeStatus(
                code: 413, reason: "RequestEntityTooLarge",
                message: "The allowed maximum operations in a JSON patch is \(Self.maximumOperations), "
                    + "got \(elements.count)")
        }
        var operations: [Operation] = []
        for (index, element) in elements.enumerated() {
            do {
                operations.append(try Self.operation(element))
            } catch {
                throw .badRequest("operation \(index) of the JSON patch: \(error.message)")
            }
        }
        self.operations = operations
    }

    private static func operation(_ json: JSON) throws(JSONPointerError) -> Operation {
        guard case .object = json else { throw JSONPointerError(message: "an operation must be an object") }
        guard let name = json.string("op") else { throw JSONPointerError(message: "\"op\" is missing") }
        let path = try pointer("path", of: json)
        switch name {
        case "add": return .add(path, try value(of: json))
        case "replace": return .replace(path, try value(of: json))
        case "test": return .test(path, try value(of: json))
        case "remove": return .remove(path)
        case "move": return .move(from: try pointer("from", of: json), to: path)
        case "copy": return .copy(from: try pointer("from", of: json), to: path)
        default:
            throw JSONPointerError(
                message: "unknown op \"\(name)\"; known are add, remove, replace, move, copy and test")
        }
    }

    private static func pointer(_ member: String, of json: JSON) throws(JSONPointerError) -> JSONPointer {
        guard let text = json.string(member) else { throw JSONPointerError(message: "\"\(member)\" is missing") }
        guard let pointer = JSONPointer(text) else {
            throw JSONPointerError(message: "\"\(text)\" is no JSON pointer; one starts with a slash")
        }
        return pointer
    }

    private static func value(of json: JSON) throws(JSONPointerError) -> JSON {
        guard let value = json["value"] else { throw JSONPointerError(message: "\"value\" is missing") }
        return value
    }
}

extension JSONPatch {
    /// The patched document.
    /// - Throws: 422 Invalid where a path leads nowhere or a test fails; the message names the operation.
    public func apply(to document: JSON) throws(KubeStatus) -> JSON {
        var result = document
        for (index, operation) in operations.enumerated() {
            do {
                try operation.apply(to: &result)
            } catch {
                throw .unprocessablePatch("operation \(index) (\(operation.summary)) failed: \(error.message)")
            }
        }
        return result
    }
}

extension JSONPatch.Operation {
    fileprivate var summary: String {
        switch self {
        case .add(let path, _): "add \(path)"
        case .remove(let path): "remove \(path)"
        case .replace(let path, _): "replace \(path)"
        case .move(let from, let path): "move \(from) to \(path)"
        case .copy(let from, let path): "copy \(from) to \(path)"
        case .test(let path, _): "test \(path)"
        }
    }

    fileprivate func apply(to document: inout JSON) throws(JSONPointerError) {
        switch self {
        case .add(let path, let value): try document.add(value, at: path)
        case .remove(let path): _ = try document.remove(at: path)
        case .replace(let path, let value): try document.replace(value, at: path)
        case .move(let from, let path):
            guard !path.isInside(from) else { throw JSONPointerError(message: "a value cannot move into itself") }
            guard from != path else { return _ = try document.existing(path) }
            try document.add(try document.remove(at: from), at: path)
        case .copy(let from, let path): try document.add(try document.existing(from), at: path)
        case .test(let path, let value):
            // Numbers are equal by value, whatever their spelling; the canonical form has one spelling for each.
            guard try document.existing(path).canonicalBytes == value.canonicalBytes else {
                throw JSONPointerError(message: "the value differs from the one tested for")
            }
        }
    }
}

extension JSON {
    fileprivate func existing(_ path: JSONPointer) throws(JSONPointerError) -> JSON {
        guard let value = self[path] else { throw JSONPointerError(message: "there is no value at \(path)") }
        return value
    }

    fileprivate mutating func add(_ value: JSON, at path: JSONPointer) throws(JSONPointerError) {
        guard !path.tokens.isEmpty else { return self = value }
        try withParent(of: path.tokens[...]) { (parent, token) throws(JSONPointerError) in
            switch parent {
            case .object: parent[token] = value
            case .array(var elements):
                guard let index = token == "-" ? elements.count : JSON.index(token), index <= elements.count else {
                    throw JSONPointerError(message: "\"\(token)\" is no index of an array of \(elements.count)")
                }
                parent = .null
                elements.insert(value, at: index)
                parent = .array(elements)
            default: throw JSONPointerError(message: "the parent of \"\(token)\" is no object and no array")
            }
        }
    }

    fileprivate mutating func remove(at path: JSONPointer) throws(JSONPointerError) -> JSON {
        guard !path.tokens.isEmpty else { throw JSONPointerError(message: "the whole document cannot be removed") }
        return try withParent(of: path.tokens[...]) { (parent, token) throws(JSONPointerError) in
            switch parent {
            case .object(let object):
                guard let value = object[token] else {
                    throw JSONPointerError(message: "there is no member \"\(token)\"")
                }
                parent[token] = nil
                return value
            case .array(var elements):
                guard let index = JSON.index(token), index < elements.count else {
                    throw JSONPointerError(message: "\"\(token)\" is no index of an array of \(elements.count)")
                }
                parent = .null
                let value = elements.remove(at: index)
                parent = .array(elements)
                return value
            default: throw JSONPointerError(message: "the parent of \"\(token)\" is no object and no array")
            }
        }
    }

    fileprivate mutating func replace(_ value: JSON, at path: JSONPointer) throws(JSONPointerError) {
        guard !path.tokens.isEmpty else { return self = value }
        try withParent(of: path.tokens[...]) { (parent, token) throws(JSONPointerError) in
            switch parent {
            case .object(let object) where object[token] != nil: parent[token] = value
            case .array(var elements):
                guard let index = JSON.index(token), index < elements.count else { fallthrough }
                parent = .null
                elements[index] = value
                parent = .array(elements)
            default: throw JSONPointerError(message: "there is no value at \"\(token)\"")
            }
        }
    }
}

extension KubeStatus {
    /// What Kubernetes answers to a patch that it can read but not apply, with the cause behind its sentence.
    static func unprocessablePatch(_ detail: String) -> KubeStatus {
        KubeStatus(
            code: 422, reason: "Invalid",
            message: "the server rejected our request due to an error in our request: \(detail)")
    }
}
