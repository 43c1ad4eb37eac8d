import KubeModel
import Testing

@Suite("JSON")
struct JSONTests {
    @Test("skimming finds the end of a string wherever its quotes and backslashes stand")
    func skimmedStrings() throws {
        for length in 0..<24 {
            for place in 0...length {
                for special in ["\"", "\\", "\\\"", "é"] {
                    var text = String(repeating: "x", count: length)
                    text.insert(contentsOf: special, at: text.index(text.startIndex, offsetBy: place))
                    let json: JSON = ["a": .string(text), "b": [.string(text), 7], "c": .string("end")]
                    json.canonicalBytes.withUnsafeBufferPointer { buffer in
                        let skim = ObjectSkim(buffer)
                        #expect(skim.members().count == 3)
                        #expect(skim.value(of: "c").flatMap(skim.plainString) == "end", "\(text)")
                    }
                }
            }
        }
    }

    @Test(
        "parsing and writing gives the canonical form",
        arguments: [
            (#"{"b":1,"a":[true,null,"x\n\u0001\"\\"]}"#, #"{"a":[true,null,"x\n\u0001\"\\"],"b":1}"#),
            (#"{"a":1,"a":2}"#, #"{"a":2}"#),
            (#"[1.5,-0,9223372036854775807,1e3]"#, #"[1.5,0,9223372036854775807,1000]"#),
            (#""ü€😀""#, #""ü€😀""#),
        ])
    func canonical(input: String, expected: String) throws {
        let parsed = try JSON(parsing: input)
        #expect(parsed.canonicalText == expected)
        #expect(try JSON(parsing: expected) == parsed)
    }

    @Test("malformed documents are refused", arguments: ["", "{", "[1,]", #"{"a":}"#, "nul", #"{"a":1}x"#, "\u{0}"])
    func malformed(input: String) {
        #expect(throws: JSONParseError.self) { try JSON(parsing: input) }
    }

    @Test("nesting has a limit instead of an end of the stack")
    func depth() {
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(throws: JSONParseError.self) { try JSON(parsing: deep) }
    }

    @Test("skimming finds what parsing finds")
    func skim() throws {
        let value: JSON = [
            "apiVersion": "v1", "data": ["k\"ey": "va}l\\ue{", "n": 12], "metadata": ["name": "a", "uid": "u"], "z": [],
        ]
        let bytes = value.canonicalBytes
        try bytes.withUnsafeBufferPointer { buffer in
            let skim = ObjectSkim(buffer)
            let names = skim.members().map { String(decoding: buffer[$0.key], as: UTF8.self) }
            #expect(names == ["apiVersion", "data", "metadata", "z"])
            for member in skim.members() {
                let parsed = try JSON(parsing: UnsafeBufferPointer(rebasing: buffer[member.value]))
                #expect(parsed == value[String(decoding: buffer[member.key], as: UTF8.self)])
            }
            let metadata = try #require(skim.value(of: "metadata"))
            #expect(skim.value(of: "uid", at: metadata.lowerBound).flatMap(skim.plainString) == "u")
        }
    }

    @Test("skimming broken bytes never reads beyond their end")
    func skimBroken() {
        let bytes = JSON.object(["a": ["b": "c\\\"d"], "e": [1, 2, ["f": "g"]]]).canonicalBytes
        for end in bytes.indices {
            for change in [UInt8(ascii: "\""), UInt8(ascii: "}"), UInt8(ascii: "{"), UInt8(ascii: "\\")] {
                var broken = Array(bytes[..<end])
                if end > 1 { broken[end / 2] = change }
                broken.withUnsafeBufferPointer { buffer in
                    for member in ObjectSkim(buffer).members() {
                        #expect(member.key.upperBound <= buffer.count && member.value.upperBound <= buffer.count)
                    }
                }
            }
        }
    }
}

@Suite struct AbsenceTests {
    @Test("nil in a conditional is absence, never the value null", arguments: [true, false])
    func conditional(isAbsent: Bool) {
        let value = isAbsent ? nil : JSON.int(1)
        #expect((value == nil) == isAbsent && value != .null)
        var object: JSON = ["a": 0]
        object["a"] = isAbsent ? nil : .int(1)
        #expect(object == (isAbsent ? [:] : ["a": 1]))
    }
}

@Suite("Small values")
struct ValueTests {
    @Test(
        "times are read and written in RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-22T15:36:01Z", 1_795_361_761), ("2000-02-29T23:59:59Z", 951_868_799),
            ("1969-12-31T23:59:59Z", -1),
        ] as [(String, Int64)])
    func times(text: String, seconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.seconds == seconds)
        #expect(Timestamp(seconds: seconds).rfc3339 == text)
    }

    @Test("offsets and fractions are understood, nonsense is not")
    func timeForms() {
        #expect(Timestamp(rfc3339: "2026-01-01T01:00:00.25+01:00")?.rfc3339Micro == "2026-01-01T00:00:00.250000Z")
        for text in ["", "2026", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z"] {
            #expect(Timestamp(rfc3339: text) == nil)
        }
    }

    @Test(
        "quantities are exact",
        arguments: [
            ("100m", 100_000_000), ("1", 1_000_000_000), ("1.5", 1_500_000_000), ("1Ki", 1_024_000_000_000),
            ("2e3", 2_000_000_000_000), ("0.0000000001", 1), ("-1", -1_000_000_000),
        ] as [(String, Int)])
    func quantities(text: String, nano: Int) { #expect(Quantity(text)?.nano == Int128(nano)) }

    @Test("what is no quantity is refused", arguments: ["", "1x", "Gi", ".", "1..2", "--1", "1 Gi"])
    func noQuantities(text: String) { #expect(Quantity(text) == nil) }

    @Test(
        "selector queries select as Kubernetes does",
        arguments: [
            ("app=web", true), ("app!=web", false), ("tier", false), ("!tier", true), ("app in (web,api)", true),
            ("app notin (web)", false), ("app=web,!tier", true), ("", true), ("n>3", true), ("n<3", false),
        ])
    func selectors(query: String, selects: Bool) throws {
        #expect(try LabelSelector(query: query).matches(["app": "web", "n": "5"]) == selects)
    }

    @Test("malformed selectors are refused with what was meant", arguments: ["=x", "a b", "a in (b", "a in b)"])
    func badSelectors(query: String) { #expect(throws: KubeStatus.self) { try LabelSelector(query: query) } }
}

@Suite struct ByteTextTests {
    @Test("FNV-1a gives its published values")
    func fnv() {
        #expect(FNV1a.hash32("".utf8) == 0x811C_9DC5 && FNV1a.hash32("foobar".utf8) == 0xBF9C_F968)
        #expect(
            FNV1a.hash64("".utf8) == 0xCBF2_9CE4_8422_2325 && FNV1a.hash64("foobar".utf8) == 0x8594_4171_F739_67E8)
    }

    @Test("bytes and numbers keep their leading zeros in hexadecimal")
    func hexadecimal() {
        #expect([0, 9, 10, 0xAB, 255].hexadecimal == "00090aabff")
        #expect(UInt32(0xBEEF).hexadecimal == "0000beef" && UInt64.max.hexadecimal == "ffffffffffffffff")
    }
}
