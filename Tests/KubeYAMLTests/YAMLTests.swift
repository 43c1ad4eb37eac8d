import KubeModel
import Testing

@testable import KubeYAML

@Suite struct YAMLTests {
    @Test("scalars take the types that Kubernetes' own reader gives them")
    func scalars() throws {
        let text = """
            a: 1
            b: "1"
            c: 0644
            d: 1.5
            e: yes
            f: ~
            g: 1.14.2
            h: 12:30
            i: 2026-01-02T03:04:05Z
            j: 0x1F
            k: -3
            """
        let expected: JSON = [
            "a": 1, "b": "1", "c": 420, "d": 1.5, "e": true, "f": .null, "g": "1.14.2", "h": "12:30",
            "i": "2026-01-02T03:04:05Z", "j": 31, "k": -3,
        ]
        #expect(try YAML.documents(text) == [expected])
    }

    @Test("a stream holds many documents, and empty ones are left out")
    func streams() throws {
        #expect(try YAML.documents("---\na: 1\n---\n# nothing\n---\nb: 2\n") == [["a": 1], ["b": 2]])
        #expect(try YAML.documents("{\"a\": [1, 2]}") == [["a": [1, 2]]])
    }

    @Test("anchors are resolved, and merge keys give way to the mapping's own members")
    func anchors() throws {
        let text = "base: &b {x: 1, y: 2}\nover:\n  <<: *b\n  y: 3\n"
        #expect(try YAML.documents(text).first?["over"] == ["x": 1, "y": 3])
    }

    @Test("malformed text is an error that says where")
    func malformed() {
        #expect(throws: YAMLError.self) { try YAML.documents("a: [1, 2\nb: 3") }
        #expect(throws: YAMLError.self) { try YAML.documents("a: 1\na: 2") }
    }

    @Test("aliases that multiply are refused before they fill the memory")
    func laughs() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(throws: YAMLError.self) { try YAML.documents(text) }
        #expect(throws: YAMLError.self) { try YAML.documents(String(repeating: "[", count: 600)) }
    }

    @Test(
        "what is written reads back as the same value",
        arguments: [
            ["a": ["b": [1, ["c": "d", "e": [["f": .null]]], [], [:], [[1], ["x"]]]]],
            ["s": "true", "t": "1", "u": "", "v": " lead", "w": "a: b", "x": "#c", "y": "y", "z": "-"],
            [
                "t": "one\ntwo\n", "u": "one\n\n  two", "v": " one\ntwo", "w": "tab\there\nnext", "x": "\n",
                "y": "a \nb",
            ],
            [
                "q": "it's \"quoted\" \\ \u{1}", "r": "ünïcode\nline", "k: ey": 1.25, "n": -7, "o": "0644",
                "time": "12:30:00",
            ],
            "bare", 3, [], [:], ["top", ["level": "array"]],
        ] as [JSON])
    func roundTrip(_ value: JSON) throws {
        #expect(try YAML.documents(YAML.text(value)) == [value])
    }

    @Test("objects are laid out as kubectl's users know them")
    func layout() {
        let value: JSON = [
            "metadata": ["labels": ["app": "nginx"], "name": "web"],
            "spec": ["containers": [["image": "nginx:1.14.2", "ports": [["containerPort": 80]]]], "empty": [:]],
        ]
        #expect(
            YAML.text(value) == """
                metadata:
                  labels:
                    app: nginx
                  name: web
                spec:
                  containers:
                  - image: nginx:1.14.2
                    ports:
                    - containerPort: 80
                  empty: {}

                """)
    }
}
