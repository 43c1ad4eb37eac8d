import KubeModel

extension YAML {
    /// A value as YAML with two-space indentation; what it writes, `documents` reads back as the same value.
    public static func text(_ value: JSON) -> String {
        var writer = Writer()
        writer.write(value, indent: 0)
        return writer.text
    }

    private struct Writer {
        var text = ""

        mutating func write(_ value: JSON, indent: Int) {
            switch value {
            case .object(let object) where !object.isEmpty: write(object, indent: indent)
            case .array(let elements) where !elements.isEmpty:
                for element in elements {
                    pad(indent)
                    text += "-"
                    writeElement(element, indent: indent + 2)
                }
            default: text += "\(scalar(value))\n"
            }
        }

        private mutating func write(_ object: JSONObject, indent: Int) {
            for (index, member) in object.enumerated() {
                // The first member of an element stands behind its dash.
                if index > 0 || !text.hasSuffix("- ") { pad(indent) }
                text += "\(scalar(.string(member.key))):"
                writeMember(member.value, indent: indent)
            }
        }

        private mutating func writeMember(_ value: JSON, indent: Int) {
            switch value {
            case .object(let object) where !object.isEmpty:
                text += "\n"
                write(object, indent: indent + 2)
            case .array(let elements) where !elements.isEmpty:
                text += "\n"
                write(value, indent: indent)
            case .string(let string) where isBlock(string): writeBlock(string, indent: indent + 2)
            default: text += " \(scalar(value))\n"
            }
        }

        private mutating func writeElement(_ value: JSON, indent: Int) {
            switch value {
            case .object(let object) where !object.isEmpty:
                text += " "
                write(object, indent: indent)
            case .array(let elements) where !elements.isEmpty:
                text += "\n"
                write(value, indent: indent)
            case .string(let string) where isBlock(string): writeBlock(string, indent: indent)
            default: text += " \(scalar(value))\n"
            }
        }

        private mutating func pad(_ indent: Int) { text += String(repeating: " ", count: indent) }

        /// A literal block keeps a text of several lines readable; only texts that it keeps exactly.
        private func isBlock(_ string: String) -> Bool {
            guard string.utf8.contains(0x0A), let first = string.utf8.first, first != 0x20, first != 0x0A else {
                return false
            }
            return !string.contains(" \n")
                && string.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A } && !string.hasSuffix("\n\n")
                && string.unicodeScalars.allSatisfy { $0.value < 0x80 || $0.value > 0x9F && $0.value < 0x2028 }
        }

        private mutating func writeBlock(_ string: String, indent: Int) {
            text += string.hasSuffix("\n") ? " |\n" : " |-\n"
            var lines = string.split(separator: "\n", omittingEmptySubsequences: false)
            if string.hasSuffix("\n") { lines.removeLast() }
            for line in lines {
                if !line.isEmpty { pad(indent) }
                text += "\(line)\n"
            }
        }

        private func scalar(_ value: JSON) -> String {
            guard case .string(let string) = value else { return value.canonicalText }
            return isPlain(string) ? string : value.canonicalText
        }

        /// Plain only where every YAML reader, old or new, sees the same string.
        private func isPlain(_ string: String) -> Bool {
            guard let first = string.utf8.first, let last = string.utf8.last, last != 0x20, last != 0x3A else {
                return false
            }
            let safe = string.utf8.allSatisfy {
                ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || (0x30...0x39).contains($0)
                    || [0x2D, 0x2E, 0x2F, 0x5F, 0x3A, 0x20, 0x3D, 0x2B, 0x28, 0x29, 0x3B].contains($0)
            }
            let isNumeric = (0x30...0x39).contains(first)
            guard safe, !string.contains(": "),
                (first | 0x20) >= 0x61 && (first | 0x20) <= 0x7A || first == 0x2F || isNumeric
            else { return false }
            // Dates, times of day and numbers with underscores are values of their own to old readers.
            if isNumeric, string.count(where: { $0 == "." }) < 2, !string.contains(" "), !string.contains("/") {
                return false
            }
            return YAML.plain(string) == .string(string) && !["y", "Y", "n", "N"].contains(string)
        }
    }
}
