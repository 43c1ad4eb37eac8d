import KubeModel

/// Brings payloads of earlier versions of the catalogue into their present form, when events are read to be folded or
/// shown. What is hashed, proved, verified, exported and backed up stays as it was recorded.
///
/// The catalogue's versions follow from it: a type is at version 1 until a step leads to version 2.
public struct Upcaster: Sendable {
    /// From the payload of one version of a type to that of the next. Pure, and never changed once released: whoever
    /// folds the log must come to the same state for ever.
    public typealias Step = @Sendable (JSON) -> JSON

    private let steps: [String: [Step]]

    /// - Parameter steps: by type, the first one leads from version 1 to version 2.
    public init(_ steps: [String: [Step]]) { self.steps = steps }

    /// The changes of released types: none so far.
    public static let released = Upcaster([:])

    /// How many steps there are: states that were folded through different numbers of them may differ.
    public var count: Int { steps.values.reduce(0) { $0 + $1.count } }

    /// The version in which events of a type are written now.
    public func version(of type: String) -> Int { 1 + steps(of: type).count }

    /// A payload in its present form.
    public func payload(_ payload: [UInt8], type: String, version: Int) throws(UpcastError) -> [UInt8] {
        let steps = steps(of: type)
        guard version != steps.count + 1 else { return payload }
        guard version >= 1, version <= steps.count else {
            throw .tooNew(type: type, version: version, known: steps.count + 1)
        }
        let json: JSON
        do { json = try JSON(parsing: payload) } catch { throw .malformed("\(error)") }
        return steps[(version - 1)...].reduce(json) { $1($0) }.canonicalBytes
    }

    private func steps(of type: String) -> [Step] { steps.isEmpty ? [] : steps[type] ?? [] }
}

/// Why an event has no present form.
public enum UpcastError: Error, Sendable, Hashable, CustomStringConvertible {
    case tooNew(type: String, version: Int, known: Int)
    case malformed(String)

    public var description: String {
        switch self {
        case .tooNew(let type, let version, let known):
            "\(type) is of version \(version), and this Purser knows version \(known) at most: use a newer Purser"
        case .malformed(let why): "the payload is no JSON: \(why)"
        }
    }
}
