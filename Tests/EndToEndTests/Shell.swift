import Subprocess

/// What a test could not go on after.
struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// How a script ended.
struct Outcome: Sendable, CustomStringConvertible {
    var script: String
    /// The exit status; 124 where the time was up.
    var status: Int32
    var output: String
    var error: String

    var description: String { "`\(script)` ended with \(status)\n\(output)\(error)" }
    /// Everything that it wrote.
    var text: String { output + error }
}

/// Runs bash scripts with an environment of their own. The tests type what a user would type.
struct Shell: Sendable {
    var environment: [String: String]

    /// Runs a script to its end, whatever its status.
    /// - Parameter seconds: when it is ended together with all that it started.
    func run(_ script: String, input: String = "", seconds: Int = 60) async throws -> Outcome {
        let values: [Environment.Key: String?] = Dictionary(
            uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
        let result = try await Subprocess.run(
            .path("/usr/bin/timeout"),
            arguments: ["-k", "2", "\(seconds)", "/bin/bash", "-c", "set -o pipefail\n" + script],
            environment: .inherit.updating(values), input: .string(input), output: .string(limit: 1 << 24),
            error: .string(limit: 1 << 24))
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        return Outcome(
            script: script, status: status, output: result.standardOutput, error: result.standardError)
    }

    /// Runs a script that must end well.
    /// - Returns: what it wrote to its standard output, without the last line's end.
    @discardableResult
    func callAsFunction(_ script: String, input: String = "", seconds: Int = 60) async throws -> String {
        let outcome = try await run(script, input: input, seconds: seconds)
        guard outcome.status == 0 else { throw Failure("\(outcome)") }
        return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Runs a script that must fail.
    func refused(_ script: String, input: String = "") async throws -> Outcome {
        let outcome = try await run(script, input: input)
        guard outcome.status != 0, outcome.status != 124 else { throw Failure("it was not refused: \(outcome)") }
        return outcome
    }

    /// Runs a script again and again until its output passes.
    @discardableResult
    func until(
        _ claim: String, _ script: String, seconds: Int = 30, _ passes: (String) -> Bool = { _ in true }
    ) async throws -> String {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds)
        while true {
            let outcome = try await run(script)
            let output = String(outcome.output.trimmingLineEnds)
            if outcome.status == 0, passes(output) { return output }
            guard clock.now < deadline else {
                throw Failure("not within \(seconds) s: \(claim)\n\(outcome)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

extension String {
    var trimmingLineEnds: Substring {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
    /// The lines that are not empty.
    var lines: [Substring] { split(whereSeparator: \.isNewline) }
}

extension Shell {
    /// Prints the CPU time in nanoseconds that the kernel counted for a pod of the instance. All hierarchies that count
    /// it name the same figure; version 1 in nanoseconds, version 2 in microseconds.
    static func cpuCounter(ofPod uid: String) -> String {
        """
        directory=$(find /sys/fs/cgroup -type d -path "*purser-$INSTANCE*" -name "*\(uid)*" | while read -r d; do
            [ -e $d/cpuacct.usage ] || [ -e $d/cpu.stat -a ! -e $d/cpu.shares ] && echo $d && break; done)
        if [ -e $directory/cpuacct.usage ]; then cat $directory/cpuacct.usage
        else awk '/usage_usec/ {print $2 * 1000}' $directory/cpu.stat; fi
        """
    }
}
