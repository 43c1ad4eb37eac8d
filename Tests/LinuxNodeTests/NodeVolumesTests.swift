import Foundation
import Testing

@testable import LinuxNode

@Suite(.enabled(if: getuid() == 0))
struct NodeVolumesTests {
    private func withVolumes(_ body: (NodeVolumes, String) throws -> Void) async throws {
        try await withDirectory { path throws -> Void in
            try body(NodeVolumes(root: "\(path)/v", logs: "\(path)/logs"), path)
        }
    }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test("files of a volume change all at once, and what is no longer named is gone")
    func projection() async throws {
        try await withVolumes { volumes, _ in
            func provide(_ files: [ProjectedFile]) throws -> String {
                try volumes.provide(.files(files, secret: false), name: "config", pod: "u1", group: nil)
            }
            let files = [
                ProjectedFile(path: "a", content: Array("1".utf8)),
                ProjectedFile(path: "dir/b", content: Array("2".utf8), mode: 0o600),
            ]
            let path = try provide(files)
            #expect(try read("\(path)/a") == "1")
            #expect(try read("\(path)/dir/b") == "2")
            #expect(try mode("\(path)/..data/dir/b") == 0o600)
            let first = try FileManager.default.destinationOfSymbolicLink(atPath: "\(path)/..data")
            _ = try provide(files)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(path)/..data") == first)

            _ = try provide([ProjectedFile(path: "a", content: Array("changed".utf8))])
            #expect(try read("\(path)/a") == "changed")
            #expect(Files.list(path).filter { !$0.hasPrefix("..") } == ["a"])
            #expect(Files.list(path).count == 3)
            #expect(throws: NodeError.self) { try provide([ProjectedFile(path: "../x", content: [])]) }
        }
    }

    @Test("a secret lies on a tmpfs below a directory that only root enters, and nothing is left of it")
    func secret() async throws {
        try await withVolumes { volumes, root in
            let files = [ProjectedFile(path: "key", content: Array("s3cret".utf8), mode: 0o400)]
            let path = try volumes.provide(.files(files, secret: true), name: "tls", pod: "u1", group: 1234)
            let secrets = "\(root)/v/pods/u1/secrets"
            #expect(path == "\(secrets)/tls")
            #expect(try read("\(path)/key") == "s3cret")
            #expect(try mode(secrets) == 0o700)
            #expect(try Mounts.isMountPoint(secrets))
            let owner = try FileManager.default.attributesOfItem(atPath: "\(path)/..data/key")[.groupOwnerAccountID]
            #expect((owner as? NSNumber)?.intValue == 1234)
            #expect(try volumes.pods() == ["u1"])
            try volumes.remove(pod: "u1")
            try volumes.remove(pod: "u1")
            #expect(try volumes.pods().isEmpty)
            #expect(try Mounts.below("\(root)/v").isEmpty)
        }
    }

    @Test("a memory volume holds no more than its limit, and what volumes use is known")
    func memory() async throws {
        try await withVolumes { volumes, _ in
            let path = try volumes.provide(.memory(sizeLimitBytes: 1 << 20), name: "m", pod: "u1", group: nil)
            #expect(try shell("head -c 2000000 /dev/zero > \(path)/big 2>/dev/null") != 0)
            let used = try #require(try volumes.usedBytes(name: "m", pod: "u1"))
            #expect(used > 900_000 && used <= 1 << 20)
            let disk = try volumes.provide(.emptyDirectory, name: "d", pod: "u1", group: 77)
            #expect(try mode(disk) == 0o2777)
            #expect(try volumes.usedBytes(name: "none", pod: "u1") == nil)
        }
    }

    @Test("a subPath is made inside its volume, and a link that leads out is refused")
    func subPath() async throws {
        try await withVolumes { volumes, root in
            let path = try volumes.provide(.emptyDirectory, name: "d", pod: "u1", group: nil)
            #expect(try volumes.subPath("a/b", in: path) == "\(path)/a/b")
            #expect(Files.isDirectory("\(path)/a/b"))
            try FileManager.default.createSymbolicLink(atPath: "\(path)/out", withDestinationPath: root)
            #expect(throws: NodeError.self) { try volumes.subPath("out/x", in: path) }
            #expect(throws: NodeError.self) { try volumes.subPath("../x", in: path) }
            #expect(!Files.exists("\(root)/x"))
        }
    }

    @Test("a hostPath is checked against its type, or made where the type says so")
    func hostPath() async throws {
        try await withVolumes { volumes, root in
            func provide(_ path: String, _ type: HostPathType) throws -> String {
                try volumes.provide(.hostPath(path, type), name: "h", pod: "u1", group: nil)
            }
            let made = try provide("\(root)/new", .directoryOrCreate)
            #expect(made == "\(root)/new")
            #expect(Files.isDirectory("\(root)/new"))
            let device = try provide("/dev/null", .characterDevice)
            #expect(device == "/dev/null")
            #expect(throws: NodeError.self) { try provide("/dev/null", .file) }
            #expect(throws: NodeError.self) { try provide("\(root)/missing", .directory) }
            #expect(throws: NodeError.self) { try provide("relative", .any) }
        }
    }

    @Test("a pod's uid cannot lead out of the volumes' directory", arguments: ["..", "a/b", ""])
    func uid(_ uid: String) async throws {
        try await withVolumes { volumes, _ in
            #expect(throws: NodeError.self) { try volumes.remove(pod: uid) }
        }
    }
}
