import Glibc
import PurserCommands

@main
struct Purser {
    static func main() async {
        // A reader that leaves (`purser get pods | head`) must not end a server or an `up` half way.
        signal(SIGPIPE, SIG_IGN)
        exit(await PurserCommand.execute())
    }
}
