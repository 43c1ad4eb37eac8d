import NetworkPlan
import Testing

struct IPv4Tests {
    @Test("addresses read what they write and refuse anything else")
    func addressesRoundTrip() {
        for text in ["0.0.0.0", "10.244.7.255", "255.255.255.255"] { #expect(IPv4Address(text)?.description == text) }
        for text in ["", "10.0.0", "10.0.0.256", "10.0.0.1.2", "10.0.0.+1", "10..0.1", "::1"] {
            #expect(IPv4Address(text) == nil)
        }
    }

    @Test("a range knows its bounds and refuses bits behind its prefix")
    func rangesHaveBounds() {
        let range = IPv4Range("10.244.4.0/22")
        #expect(range?.last.description == "10.244.7.255")
        #expect(range?.count == 1024)
        #expect(IPv4Range("10.244.1.0/22") == nil)
        #expect(IPv4Range("10.0.0.0/33") == nil)
        #expect(IPv4Range("0.0.0.0/0")?.last.description == "255.255.255.255")
    }

    @Test("nodes get the lowest free part, and none once the range is used up")
    func nodeRangesAreDistinct() throws {
        let cluster = try #require(IPv4Range("10.244.0.0/22"))
        let allocator = PodRangeAllocator(cluster: cluster)
        var used: [IPv4Range] = []
        while let next = allocator.next(used: used) { used.append(next) }
        #expect(used.map(\.description) == ["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24", "10.244.3.0/24"])
        used.remove(at: 1)
        #expect(allocator.next(used: used)?.description == "10.244.1.0/24")
    }
}
