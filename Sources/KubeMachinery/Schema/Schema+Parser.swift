import KubeModel

extension Schema {
    /// Reads the tables that `tools/generate-schema` writes. A line is one of
    ///
    ///     package core/v1                  what follows belongs to this package
    ///     #Protocol SCTP|TCP|UDP           a closed set of values
    ///     @ServicePort                     a type, whose fields follow
    ///     +2 VolumeSource                  an embedded type and its protobuf number
    ///     protocol 2 s o #Protocol ="TCP"  a field: name, protobuf number, kind, flags
    ///
    /// A kind is `s`tring, `i`nt32, `l` int64, `b`ool, `d`ouble, b`y`tes, `t`ime, `T` microtime, `D`uration,
    /// `q`uantity, `x` int or string, `*` any, `[`kind, `{`kind or `@`Type. Flags: `!` required, `*` pointer, `o`
    /// omitempty, `#` values, `s` set, `k=` list-map keys, `a` atomic, `m` patch merges, `r` patch retains keys,
    /// `p=` patch merge key, `=` default. Names of another package are written `meta/v1.ObjectMeta`.
    struct Parser {
        private struct Draft {
            var package: String
            var name: String
            var fields: [FieldSchema] = []
            var embedded: [TypeSchema.Embedded] = []
        }

        private var indexes: [String: Int] = [:]
        private var enumerations: [String: [String]] = [:]
        private var drafts: [Draft] = []
        private var package = ""

        /// Bytes of a table; string literals live as long as the program.
        typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

        mutating func parse(_ tables: [[Bytes]]) -> [TypeSchema] {
            for lines in tables { declare(lines) }
            drafts.reserveCapacity(indexes.count)
            for lines in tables { define(lines) }
            let defaulted = typesWithDefaults()
            return drafts.map { draft in
                let below = draft.fields.indices.filter {
                    draft.fields[$0].objectType.map { defaulted[$0.index] } ?? false
                }
                return TypeSchema(
                    package: draft.package, name: draft.name, fields: draft.fields, embedded: draft.embedded,
                    defaultedBelow: below)
            }
        }

        /// First pass: types and sets of values get their places, so that fields may name them before they come.
        private mutating func declare(_ lines: [Bytes]) {
            for line in lines {
                switch line.first {
                case UInt8(ascii: "@"): indexes["\(package).\(String(bytes: line.dropFirst()))"] = indexes.count
                case UInt8(ascii: "#"):
                    let words = line.dropFirst().split(separator: UInt8(ascii: " "), maxSplits: 1)
                    enumerations["\(package).\(String(bytes: words[0]))"] = words[1].split(separator: UInt8(ascii: "|"))
                        .map(String.init(bytes:))
                case UInt8(ascii: "p") where line.starts(with: "package ".utf8):
                    package = String(bytes: line.dropFirst(8))
                default: break
                }
            }
        }

        private mutating func define(_ lines: [Bytes]) {
            for line in lines {
                switch line.first {
                case UInt8(ascii: "@"): drafts.append(Draft(package: package, name: String(bytes: line.dropFirst())))
                case UInt8(ascii: "#"): break
                case UInt8(ascii: "+"):
                    let words = line.dropFirst().split(separator: UInt8(ascii: " "))
                    drafts[drafts.count - 1].embedded.append(
                        TypeSchema.Embedded(number: Int(decimal: words[0]), type: reference(words[1])))
                case UInt8(ascii: "p") where line.starts(with: "package ".utf8):
                    package = String(bytes: line.dropFirst(8))
                default: drafts[drafts.count - 1].fields.append(field(line))
                }
            }
        }

        private func qualified(_ name: Bytes) -> String {
            let text = String(bytes: name)
            return name.contains(UInt8(ascii: "/")) ? text : "\(package).\(text)"
        }

        private func reference(_ name: Bytes) -> TypeReference {
            guard let index = indexes[qualified(name)] else {
                preconditionFailure("the schema table names no type \(qualified(name)); run tools/generate-schema")
            }
            return TypeReference(index: index)
        }

        private func field(_ line: Bytes) -> FieldSchema {
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3)
            let flags = Flags(words.dropFirst(3).first)
            return FieldSchema(
                name: String(bytes: words[0]), number: Int(decimal: words[1]), kind: kind(words[2]),
                isRequired: flags.isRequired,
                isPointer: flags.isPointer, omitsEmpty: flags.omitsEmpty, defaultValue: flags.defaultValue,
                enumerationName: flags.enumeration?.split(separator: UInt8(ascii: ".")).last.map(String.init(bytes:))
                    ?? "",
                enumeration: flags.enumeration.flatMap { enumerations[qualified($0)] } ?? [],
                listType: flags.listType, isAtomic: flags.isAtomic, patchMerges: flags.patchMerges,
                patchRetainsKeys: flags.patchRetainsKeys, patchMergeKey: flags.patchMergeKey)
        }

        private func kind(_ text: Bytes) -> ValueKind {
            switch text.first {
            case UInt8(ascii: "i"): .int32
            case UInt8(ascii: "l"): .int64
            case UInt8(ascii: "b"): .bool
            case UInt8(ascii: "d"): .double
            case UInt8(ascii: "y"): .bytes
            case UInt8(ascii: "t"): .time
            case UInt8(ascii: "T"): .microTime
            case UInt8(ascii: "D"): .duration
            case UInt8(ascii: "q"): .quantity
            case UInt8(ascii: "x"): .intOrString
            case UInt8(ascii: "*"): .any
            case UInt8(ascii: "["): .list(of: kind(text.dropFirst()))
            case UInt8(ascii: "{"): .map(of: kind(text.dropFirst()))
            case UInt8(ascii: "@"): .object(reference(text.dropFirst()))
            default: .string
            }
        }

        /// Types from which a default can be reached: grows until nothing is added, since types may be recursive.
        private func typesWithDefaults() -> [Bool] {
            var found = drafts.map { draft in
                Defaulting.rules["\(draft.package).\(draft.name)"] != nil
                    || draft.fields.contains { $0.defaultValue != nil }
            }
            var grew = true
            while grew {
                grew = false
                for (index, draft) in drafts.enumerated() where !found[index] {
                    let reaches = draft.fields.contains { field in field.objectType.map { found[$0.index] } ?? false }
                    if reaches { (found[index], grew) = (true, true) }
                }
            }
            return found
        }
    }

    init(tables: [StaticString]) {
        var parser = Parser()
        self.init(
            types: parser.parse(
                tables.map { table in
                    UnsafeBufferPointer(start: table.utf8Start, count: table.utf8CodeUnitCount)
                        .split(separator: UInt8(ascii: "\n"))
                }))
    }
}

extension Schema.Parser {
    /// The flags of a field's line.
    private struct Flags {
        var isRequired = false
        var isPointer = false
        var omitsEmpty = false
        var isAtomic = false
        var patchMerges = false
        var patchRetainsKeys = false
        var patchMergeKey: String?
        var enumeration: Bytes?
        var listType = ListType.atomic
        var defaultValue: JSON?

        init(_ text: Bytes?) {
            for word in text?.split(separator: UInt8(ascii: " ")) ?? [] { read(word) }
        }

        private mutating func read(_ word: Bytes) {
            switch word.first {
            case UInt8(ascii: "!"): isRequired = true
            case UInt8(ascii: "*"): isPointer = true
            case UInt8(ascii: "o"): omitsEmpty = true
            case UInt8(ascii: "a"): isAtomic = true
            case UInt8(ascii: "m"): patchMerges = true
            case UInt8(ascii: "r"): patchRetainsKeys = true
            case UInt8(ascii: "s"): listType = .set
            case UInt8(ascii: "#"): enumeration = word.dropFirst()
            case UInt8(ascii: "k"):
                listType = .map(keys: word.dropFirst(2).split(separator: UInt8(ascii: ",")).map(String.init(bytes:)))
            case UInt8(ascii: "p"): patchMergeKey = String(bytes: word.dropFirst(2))
            case UInt8(ascii: "="): defaultValue = try? JSON(parsing: Array(word.dropFirst()))
            default: break
            }
        }
    }
}

extension String {
    fileprivate init(bytes: Schema.Parser.Bytes) { self.init(decoding: bytes, as: UTF8.self) }
}

extension Int {
    fileprivate init(decimal bytes: Schema.Parser.Bytes) {
        self = bytes.reduce(0) { $0 * 10 + Int($1 & 0x0F) }
    }
}
