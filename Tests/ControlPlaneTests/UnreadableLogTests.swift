import ControlPlane
import EventLog
import KubeModel
import Testing

@Suite struct UnreadableLogTests {
    @Test("only what passes by itself is answered with a time to come again")
    func answers() {
        let passing = KubeStatus.unreadableLog(EventLogError.unavailable("no connection"))
        #expect(passing.code == 503 && passing.retryAfterSeconds == 1)
        #expect(passing.message == "the event log cannot be read: no connection")
        for error in [EventLogError.archiveMissing("a file"), .corrupt("a gap"), .tooNew("version 9")] {
            let lasting = KubeStatus.unreadableLog(error)
            #expect(lasting.code == 500 && lasting.retryAfterSeconds == nil)
            #expect(lasting.message.hasSuffix("the event log cannot be read: \(error.reason)"))
        }
    }
}
