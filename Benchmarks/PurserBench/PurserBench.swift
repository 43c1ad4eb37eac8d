import ArgumentParser
import Glibc

/// Measures single parts of Purser, for `tools/bench`. Each verb prints one JSON object a line.
@main
struct PurserBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purser-bench", abstract: "Measure single parts of Purser; tools/bench runs this.",
        subcommands: [
            MigrateBench.self, FillBench.self, AppendBench.self, ReplayBench.self, PastBench.self, ServedPastBench.self,
            PodStartBench.self,
        ])
}

/// One line of results: a JSON object with its members in the order given.
struct Measurement {
    private var members: [String] = []

    init(_ name: String) { add("measure", text: name) }

    mutating func add(_ name: String, text: String) { members.append("\"\(name)\":\"\(text)\"") }
    mutating func add(_ name: String, _ value: Int) { members.append("\"\(name)\":\(value)") }

    /// Three decimals.
    mutating func add(_ name: String, _ value: Double) {
        members.append("\"\(name)\":\((value * 1000).rounded() / 1000)")
    }

    /// The median, the 99th percentile and the greatest of durations, in milliseconds.
    mutating func add(_ name: String, milliseconds durations: [Duration]) {
        let sorted = durations.map { $0.seconds * 1000 }.sorted()
        guard let longest = sorted.last else { return }
        add("\(name)_p50_ms", sorted[(sorted.count - 1) / 2])
        add("\(name)_p99_ms", sorted[Int((Double(sorted.count - 1) * 0.99).rounded())])
        add("\(name)_max_ms", longest)
    }

    func print() {
        Swift.print("{\(members.joined(separator: ","))}")
        fflush(nil)
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
