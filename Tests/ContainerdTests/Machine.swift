import Foundation

/// Programs and files of the machine that the tests run on.
enum Machine {
    struct Failure: Error, CustomStringConvertible { var description: String }

    /// The package's directory, links resolved.
    static let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Runs a program to its end.
    /// - Returns: what it wrote to standard output.
    @discardableResult
    static func run(_ command: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(command.joined(separator: " ")): \(complaint)")
        }
        return text
    }

    /// The demonstration images, made once for all tests of this process, over those of an earlier one.
    static let images: Result<String, any Error> = Result {
        let layout = NSTemporaryDirectory() + "purser-images"
        try run("\(repository)/tools/images/build", layout)
        return layout
    }

    static func waitUntil(
        _ what: String, seconds: Double = 30, _ holds: () async throws -> Bool
    ) async throws {
        let end = Date().addingTimeInterval(seconds)
        while try await !holds() {
            guard Date() < end else { throw Failure(description: "\(what) did not happen within \(seconds) s") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
