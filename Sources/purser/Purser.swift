import PurserCommands

@main
struct Purser {
    static func main() async {}
}
