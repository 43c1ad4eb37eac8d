import KubeClient
import Testing

@Suite struct UpgradeRequestTests {
    @Test("a head is read with what an upgrade needs, and written for another host")
    func heads() throws {
        let head =
            "POST /stream/exec/shop/web/c?command=sh HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\n"
            + "Upgrade: SPDY/3.1\r\nConnection: Upgrade\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n"
            + "X-Stream-Protocol-Version: v3.channel.k8s.io\r\n"
        var request = try #require(UpgradeRequest(head: head))
        #expect(request.method == "POST" && request.target == "/stream/exec/shop/web/c?command=sh")
        #expect(
            request.headers == [
                "upgrade": "SPDY/3.1", "connection": "Upgrade",
                "x-stream-protocol-version": "v4.channel.k8s.io, v3.channel.k8s.io",
            ])
        request.target = "/exec/token"
        #expect(
            String(decoding: request.bytes(host: "b:1"), as: UTF8.self)
                == "POST /exec/token HTTP/1.1\r\nhost: b:1\r\nconnection: Upgrade\r\nupgrade: SPDY/3.1\r\n"
                + "x-stream-protocol-version: v4.channel.k8s.io, v3.channel.k8s.io\r\ncontent-length: 0\r\n\r\n")
    }

    @Test("what is no head is none", arguments: ["", "GET /", "GET / HTTP/1.0", "GET / HTTP/1.1\r\nno colon"])
    func noHeads(text: String) { #expect(UpgradeRequest(head: text) == nil) }
}
