import KubeMachinery
import KubeModel

/// A moment of the past that a read asks for (`?at=`).
public enum AsOf: Sendable, Hashable {
    /// The log position after which nothing counts.
    case position(Int64)
    case time(Timestamp)
    /// Microseconds before now.
    case ago(microseconds: Int64)

    /// Reads a position (`1234`), a time (RFC 3339), or a duration back from now (`90s`, `2h`, `1d12h`, `2h ago`).
    public init(_ text: String) throws(KubeStatus) {
        let whole = text
        var text = text
        let isAgo = text.hasSuffix(" ago")
        if isAgo { text.removeLast(4) }
        if !isAgo, let position = Int64(text), position >= 0 {
            self = .position(position)
        } else if !isAgo, let time = Timestamp(rfc3339: text) {
            self = .time(time)
        } else if let duration = Self.microseconds(text) {
            self = .ago(microseconds: duration)
        } else {
            throw .badRequest(
                "\"\(whole)\" is no point in time: give a log position (1234), a time (2026-01-31T08:00:00Z) or a "
                    + "duration back from now (2h, 90m, 1d12h)")
        }
    }

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

    private static func microseconds(_ text: String) -> Int64? {
        var total: Int64 = 0
        var digits = ""
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            guard let unit = units[character], let count = Int64(digits) else { return nil }
            let (seconds, overflow) = count.multipliedReportingOverflow(by: unit * 1_000_000)
            guard !overflow, total.addingReportingOverflow(seconds).overflow == false else { return nil }
            total += seconds
            digits = ""
        }
        return digits.isEmpty && !text.isEmpty ? total : nil
    }
}

extension Query {
    func integer(_ name: String) throws(KubeStatus) -> Int64? {
        guard let text = self[name], !text.isEmpty else { return nil }
        guard let number = Int64(text) else { throw .badRequest("\(name)=\(text) is no integer") }
        return number
    }

    /// Absent is nil; `0` and `false` are false, all else is true, as Kubernetes reads it.
    func boolean(_ name: String) -> Bool? { self[name].map { ListOptions.isTrue($0) } }

    func resourceVersion() throws(KubeStatus) -> Int64? {
        guard let text = self["resourceVersion"], !text.isEmpty else { return nil }
        guard let version = Int64(text), version >= 0 else {
            throw .badRequest("resourceVersion: Invalid value: \"\(text)\": it must be a decimal number")
        }
        return version
    }

    func asOf() throws(KubeStatus) -> AsOf? {
        guard let text = self["at"], !text.isEmpty else { return nil }
        return try AsOf(text)
    }

    /// Whether nothing may be changed. The only allowed value of `dryRun` is `All`.
    func isDryRun(_ kind: String) throws(KubeStatus) -> Bool {
        let values = values("dryRun")
        for value in values where value != "All" {
            throw .optionInvalid(
                kind, "dryRun", "FieldValueNotSupported", "Unsupported value: \"\(value)\": supported values: \"All\"")
        }
        return !values.isEmpty
    }

    func fieldManager(_ kind: String) throws(KubeStatus) -> String {
        let manager = self["fieldManager"] ?? ""
        if manager.utf8.count > 128 {
            throw .optionInvalid(kind, "fieldManager", "FieldValueTooLong", "Too long: may not be more than 128 bytes")
        }
        return manager
    }

    func fieldValidation(_ kind: String) throws(KubeStatus) -> FieldValidation {
        guard let text = self["fieldValidation"], !text.isEmpty else { return .warn }
        guard let validation = FieldValidation(rawValue: text) else {
            throw .optionInvalid(
                kind, "fieldValidation", "FieldValueNotSupported",
                "Unsupported value: \"\(text)\": supported values: \"Ignore\", \"Strict\", \"Warn\"")
        }
        return validation
    }
}

extension KubeStatus {
    /// 422 for a fault in the options of a call.
    static func optionInvalid(_ kind: String, _ field: String, _ reason: String, _ message: String) -> KubeStatus {
        .invalid(
            GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: kind), name: "",
            [Cause(reason: reason, message: message, field: field)])
    }

    static func optionForbidden(_ kind: String, _ field: String, _ message: String) -> KubeStatus {
        optionInvalid(kind, field, "FieldValueForbidden", "Forbidden: \(message)")
    }
}
