import ControlPlane
import Foundation
import KubeModel
import KubeYAML
import Testing

@testable import PurserCommands

@Suite("A state as files") struct StateDirectoryTests {
    private let path = NSTemporaryDirectory() + "purser-state-\(UUID().uuidString)"

    private func text(_ name: String) throws -> String {
        String(decoding: try #require(FileManager.default.contents(atPath: "\(path)/\(name)")), as: UTF8.self)
    }

    @Test("every object is a file that can be applied, for its owner only, and the index sums them up")
    func files() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let state = try await StateLoader.replay(try await PastLog.make(), through: 4)
        let directory = StateDirectory(path: path)
        try directory.prepare()
        let time = Timestamp(seconds: 1_800_000_003)
        #expect(try directory.write(state, recordedAt: time) == 3)

        let files = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
        #expect(
            files == [
                "_cluster", "_cluster/namespaces", "_cluster/namespaces/shop.yaml", "_index", "shop",
                "shop/configmaps", "shop/configmaps/c.yaml", "shop/secrets", "shop/secrets/s.yaml",
            ])
        for file in [""] + files.map({ "/" + $0 }) {
            let attributes = try FileManager.default.attributesOfItem(atPath: path + file)
            let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
            #expect(attributes[.posixPermissions] as? Int == (isFolder ? 0o700 : 0o600), "\(file)")
        }
        let configMap = try #require(try YAML.documents(try text("shop/configmaps/c.yaml")).first)
        #expect(
            configMap == [
                "apiVersion": "v1", "kind": "ConfigMap", "data": ["a": "2"],
                "metadata": [
                    "name": "c", "namespace": "shop", "uid": "u-c", "creationTimestamp": "2027-01-15T08:00:00Z",
                ],
            ])
        let index = try JSON(parsing: Array(try text("_index").utf8))
        #expect(
            index == [
                "format": "purser-state/1", "position": 4, "recordedAt": "2027-01-15T08:00:03.000000Z",
                "sha256": .string(state.contentHash().hexadecimal),
                "objects": ["configmaps": 1, "namespaces": 1, "secrets": 1],
            ])
    }

    @Test("a directory with something in it is refused, an empty one is taken")
    func onlyEmpty() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try StateDirectory(path: path).prepare()
        try Data().write(to: URL(filePath: "\(path)/.hidden"))
        let error = #expect(throws: CommandError.self) { try StateDirectory(path: path).prepare() }
        #expect(error?.status == .conflict)
        let file = #expect(throws: CommandError.self) { try StateDirectory(path: "\(path)/.hidden").prepare() }
        #expect(file?.message == "\(path)/.hidden is there and is no directory that can be read")
    }

    @Test("names become file names that are safe and differ where the names do")
    func names() {
        #expect(StateDirectory.fileName("web-1.example") == "web-1.example")
        #expect(StateDirectory.fileName("system:node") == "system%3Anode")
        #expect(StateDirectory.fileName("..") == "%2E.")
        #expect(StateDirectory.fileName("_cluster") == "%5Fcluster")
        #expect(StateDirectory.fileName("a/b") == "a%2Fb")
        let long = String(repeating: "a", count: 252)
        let (one, other) = (StateDirectory.fileName(long + "b"), StateDirectory.fileName(long + "c"))
        #expect(one != other && one.utf8.count == 200 && other.utf8.count == 200)
    }
}
