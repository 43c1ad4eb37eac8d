import Testing

@testable import APIServer

@Suite struct StreamOfferTests {
    private func offer(_ query: String, _ upgrade: String, _ protocols: String = "") -> StreamOffer {
        StreamOffer(
            HTTPRequest(
                method: "GET", target: "/api/v1/namespaces/shop/pods/web/exec?\(query)",
                headers: RequestHeaders([
                    ("connection", "Upgrade"), ("upgrade", upgrade), ("sec-websocket-protocol", protocols),
                ])))
    }

    @Test("kubectl's newest protocol is answered here, and refused where it needs streams, so that kubectl takes SPDY")
    func kubectl() {
        let plain = offer("command=ls&stdout=true", "websocket", "v5.channel.k8s.io")
        #expect(plain.speaksChannels && !plain.isInteractive && !plain.isPassedThrough)
        let interactive = offer("command=sh&stdin=true&tty=true", "websocket", "v5.channel.k8s.io")
        #expect(interactive.isInteractive && !interactive.isPassedThrough)
        #expect(offer("command=sh&stdin=true", "SPDY/3.1").isPassedThrough)
        let forward = offer("", "websocket", "SPDY/3.1+portforward.k8s.io")
        #expect(!forward.isPassedThrough && !forward.speaksChannels)
    }

    @Test("an older client's WebSocket is passed through to the runtime, which speaks it")
    func older() {
        #expect(offer("command=sh&stdin=1", "websocket", "v4.channel.k8s.io").isPassedThrough)
        #expect(!offer("command=sh", "h2c").isPassedThrough)
    }
}
