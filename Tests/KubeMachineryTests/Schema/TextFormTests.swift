import KubeModel
import PropertyTesting
import Testing

@testable import KubeMachinery

@Suite struct TextFormTests {
    @Test(
        "a quantity is written with a whole number and the largest unit of its family",
        arguments: [
            ("1", "1"), ("0", "0"), ("0.5", "500m"), ("1000m", "1"), ("1500m", "1500m"), ("100", "100"), ("1000", "1k"),
            ("1024Ki", "1Mi"), ("1.5Gi", "1536Mi"), ("0.5Ki", "512"), ("1Ki", "1Ki"), ("1e3", "1e3"), ("1E", "1E"),
            ("-1", "-1"), ("+2", "2"), ("0.1Ki", "102400m"), ("128974848", "128974848"), ("123Mi", "123Mi"),
            (".5", "500m"),
            ("5.", "5"), ("1e-3", "1e-3"), ("1n", "1n"), ("0.0000000001", "1n"), ("100000k", "100M"), ("0Mi", "0"),
        ])
    func quantity(text: String, canonical: String) {
        #expect(QuantityText.canonical(text) == canonical)
        #expect(Quantity(canonical) == Quantity(text))
    }

    @Test(
        "what is no quantity has no form",
        arguments: ["", "x", "1x", "1 ", " 1", "1.2.3", "1KiB", "--1", "Mi", "1e", "."])
    func noQuantity(text: String) {
        #expect(QuantityText.canonical(text) == nil)
    }

    @Test("a canonical quantity is its own canonical form and keeps its value", arguments: 0..<200)
    func quantities(seed: Int) {
        var generator = SeededRandom(seed: UInt64(seed))
        let units = ["", "m", "k", "M", "G", "Ki", "Mi", "Gi", "Ti", "e2", "u"]
        let text =
            "\(Int.random(in: -99999...99999, using: &generator)).\(Int.random(in: 0...999, using: &generator))"
            + (units.randomElement(using: &generator) ?? "")
        let canonical = QuantityText.canonical(text)
        #expect(canonical.flatMap(QuantityText.canonical) == canonical, "\(text)")
    }

    @Test(
        "base64 follows the vectors of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.fault(encoded) == nil)
        #expect(Base64.decodedCount(encoded) == plain.utf8.count)
    }

    @Test(
        "the first byte that is not base64 is named",
        arguments: [("Zg=", 3), ("Zg", 2), ("Z===", 1), ("Zg==Zg==", 4), ("Z?==", 1), ("=", 0)])
    func base64Faults(text: String, offset: Int) {
        #expect(Base64.fault(text) == offset)
    }

    @Test("addresses are told from other texts")
    func addresses() {
        for text in ["0.0.0.0", "10.96.0.100", "255.255.255.255"] { #expect(IPAddress.family(text) == .v4, "\(text)") }
        for text in [
            "::", "::1", "fd00::1", "1:2:3:4:5:6:7:8", "1::8", "::ffff:1.2.3.4", "2001:db8::ffff", "1:2:3:4:5:6:7::",
        ] {
            #expect(IPAddress.family(text) == .v6, "\(text)")
        }
        for text in [
            "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "a.b.c.d", ":", ":::", "1:2", "1::2::3", "12345::",
            "g::1",
            "1:2:3:4:5:6:7:8:9", ":1:2:3:4:5:6:7", "1.2.3.4:80", "None",
        ] {
            #expect(IPAddress.family(text) == nil, "\(text)")
        }
        #expect(IPAddress.isCIDR("10.0.0.0/8"))
        #expect(IPAddress.isCIDR("fd00::/64"))
        #expect(!IPAddress.isCIDR("10.0.0.0/33"))
        #expect(!IPAddress.isCIDR("10.0.0.0"))
    }

    @Test("names are told from other texts")
    func names() {
        #expect(Syntax.label("a-1").isEmpty && Syntax.label("1a").isEmpty)
        for text in ["", "A", "-a", "a-", "a.b", "a_b", "ä"] { #expect(Syntax.label(text).count == 1, "\(text)") }
        #expect(Syntax.label(String(repeating: "a", count: 64)) == ["must be no more than 63 bytes"])
        #expect(Syntax.subdomain("a.b-c.1").isEmpty)
        for text in ["", "a..b", ".a", "a.", "A.b", "a_b"] { #expect(Syntax.subdomain(text).count == 1, "\(text)") }
        #expect(Syntax.label1035("a1").isEmpty && !Syntax.label1035("1a").isEmpty)
        #expect(Syntax.qualifiedName("example.com/My_Name").isEmpty && Syntax.qualifiedName("a").isEmpty)
        for text in ["", "/a", "a/", "a/b/c", "-a", "A_B/c"] { #expect(!Syntax.qualifiedName(text).isEmpty, "\(text)") }
        #expect(Syntax.labelValue("").isEmpty && Syntax.labelValue("a.b_C").isEmpty && !Syntax.labelValue("-").isEmpty)
        #expect(Syntax.configKey(".dockerconfigjson").isEmpty && Syntax.configKey("a..b").isEmpty)
        for text in ["", ".", "..", "..a", "a/b", "a b"] { #expect(!Syntax.configKey(text).isEmpty, "\(text)") }
        #expect(Syntax.portName("http-2").isEmpty)
        for text in ["HTTP", "80", "a--b", "-a", "a-", "sixteen-letters-"] {
            #expect(!Syntax.portName(text).isEmpty, "\(text)")
        }
        #expect(Syntax.environmentName("my.VAR-1").isEmpty && !Syntax.environmentName("a=b").isEmpty)
        #expect(Syntax.percent("25%") == 25 && Syntax.percent("%") == nil && Syntax.percent("-1%") == nil)
    }
}
