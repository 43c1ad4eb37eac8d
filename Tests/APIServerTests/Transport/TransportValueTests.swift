import NIOCore
import Testing

@testable import APIServer

@Suite("Values of the transport")
struct TransportValueTests {
    @Test(
        "a query is split at ampersands and decoded",
        arguments: [
            ("", []), ("a=b", [("a", "b")]), ("watch", [("watch", "")]),
            ("a=b%3Dc&a=d+e&x=%zz", [("a", "b=c"), ("a", "d e"), ("x", "%zz")]),
            ("labelSelector=app%20in%20%28a%2Cb%29", [("labelSelector", "app in (a,b)")]), ("n=%C3%A9%", [("n", "é%")]),
        ])
    func query(raw: String, pairs: [(String, String)]) {
        #expect(Query(raw).pairs.map { [$0.name, $0.value] } == pairs.map { [$0.0, $0.1] })
    }

    @Test("a target is split at its first question mark")
    func target() {
        let request = HTTPRequest(method: "GET", target: "/api/v1/pods?fieldSelector=a%3Db?c")
        #expect(request.path == "/api/v1/pods")
        #expect(request.rawQuery == "fieldSelector=a%3Db?c")
    }

    @Test("a segment queue gives its bytes back in order, in pieces of any size", arguments: [1, 3, 7, 64, 1000])
    func segments(size: Int) {
        var queue = SegmentQueue()
        let segments = (0..<50).map { count in [UInt8](repeating: UInt8(count), count: count) }
        for segment in segments { queue.append(segment) }
        #expect(queue.count == 49 * 50 / 2)
        var bytes: [UInt8] = []
        while queue.count > 0 {
            let piece = queue.take(upTo: size)
            #expect(piece.readableBytes == min(size, 49 * 50 / 2 - bytes.count))
            bytes.append(contentsOf: piece.readableBytesView)
        }
        #expect(bytes == Array(segments.joined()))
    }

    @Test(
        "dates are written as RFC 9110's example",
        arguments: [(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT")])
    func date(seconds: Int, text: String) { #expect(DateHeader.format(seconds) == text) }

    @Test(
        "base64 agrees with RFC 4648's examples",
        arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64(text: String, encoded: String) { #expect(Base64.encode(Array(text.utf8)) == encoded) }
}
