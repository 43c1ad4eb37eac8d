import ArgumentParser
import Glibc

/// Whether text is coloured (`--color`).
enum ColourChoice: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

/// ANSI colours (ECMA-48, section 8.3.117), or none of them.
struct Palette: Sendable, Hashable {
    let isColoured: Bool

    static let plain = Palette(isColoured: false)

    init(isColoured: Bool) { self.isColoured = isColoured }

    /// Coloured where it was asked for; else on a terminal that can show it, unless `NO_COLOR` is set
    /// (https://no-color.org).
    init(_ choice: ColourChoice, isTerminal: Bool, environment: (String) -> String?) {
        isColoured =
            switch choice {
            case .always: true
            case .never: false
            case .auto: isTerminal && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
            }
    }

    static func standardOutput(_ choice: ColourChoice) -> Palette {
        Palette(choice, isTerminal: isatty(STDOUT_FILENO) == 1, environment: ClusterOptions.environment)
    }

    func red(_ text: String) -> String { paint(text, "31") }
    func green(_ text: String) -> String { paint(text, "32") }
    func yellow(_ text: String) -> String { paint(text, "33") }
    func bold(_ text: String) -> String { paint(text, "1") }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

enum Terminal {
    /// The columns of standard output: the terminal's, else those that `COLUMNS` states, else 100.
    static func width() -> Int {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return ClusterOptions.environment("COLUMNS").flatMap { Int($0) } ?? 100
    }
}
