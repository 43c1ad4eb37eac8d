import Foundation
import Testing

/// `tools/layercheck` over this repository, and over small ones that break a rule each.
@Suite struct HouseRulesTests {
    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func check(_ root: URL) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = Self.root.appending(path: "tools/layercheck")
        process.arguments = [root.path(percentEncoded: false)]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// A repository with one source file.
    private func check(_ path: String, _ text: String) throws -> (status: Int32, output: String) {
        let root = FileManager.default.temporaryDirectory.appending(path: "purser-rules-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let file = root.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            at: root.appending(path: "Sources"), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return try check(root)
    }

    @Test("this repository keeps its house rules") func repository() throws {
        let (status, output) = try check(Self.root)
        #expect(status == 0, "\(output)")
    }

    @Test(
        "each broken rule is found, with the file and the line",
        arguments: [
            (
                "Sources/Domain/A.swift", "import KubeModel\nimport APIServer\n",
                "Sources/Domain/A.swift:2: Domain (rank"
            ),
            ("Sources/APIServer/A.swift", "import NodeAgent\n", "APIServer (rank 9) imports NodeAgent"),
            ("Sources/NodeAgent/A.swift", "@testable import Postgres\n", "NodeAgent must not import Postgres"),
            ("Sources/Rating/A.swift", "import Foundation\n", "Rating is pure and must not import Foundation"),
            ("Sources/Merkle/A.swift", "\nlet a = Date()\n", "Sources/Merkle/A.swift:2: Merkle is pure"),
            ("Sources/Domain/A.swift", "let a = Int.random(in: 0..<3)\n", "draws randomness"),
            ("Sources/Domain/A.swift", "func f() async { await g() }\n", "runs tasks"),
            ("Sources/Elsewhere/A.swift", "\n", "the module has no rank"),
            ("Tests/DomainTests/A.swift", "// TO" + "DO: more\n", "unfinished"),
            ("Tests/DomainTests/A.swift", String(repeating: "\n", count: 601), "601 lines"),
        ])
    func broken(path: String, text: String, fault: String) throws {
        let (status, output) = try check(path, text)
        #expect(status == 1)
        #expect(output.contains(fault), "\(output)")
    }

    @Test(
        "what only looks like a fault is none",
        arguments: [
            ("Sources/Domain/A.swift", "// import APIServer; Date()\nlet a = \"Date() await\"\n"),
            ("Sources/APIServer/A.swift", "import ControlPlane\nimport Foundation\nlet a = Date()\n"),
            ("Sources/Domain/A.swift", "let a = Int.random(in: 0..<3, using: &random)\n"),
        ])
    func harmless(path: String, text: String) throws {
        let (status, output) = try check(path, text)
        #expect(status == 0, "\(output)")
    }
}
