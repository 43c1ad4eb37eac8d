import ArgumentParser

/// Which files hold the objects that a command is about.
struct ManifestOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("filename")], parsing: .singleValue,
        help: "A file, a directory, or - for standard input; may be repeated.")
    var filenames: [String] = []
    @Flag(name: [.customShort("R"), .long], help: "Read directories in directories too.")
    var recursive = false

    /// The objects of all files; none where no file is named.
    func read() throws -> [Manifest] {
        filenames.isEmpty ? [] : try Manifests.read(filenames, recursive: recursive)
    }
}
