/// A failed operation on the machine.
public struct NodeError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        case notFound, permissionDenied, invalid, busy, unsupported, failed
    }

    public var code: Code
    /// For a person: what failed, where, and what to do next. Never contains a file's content.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
