import KubeModel
import NetworkPlan

/// The addresses of an instance's services and pods. The kernel has one table of routes: of two instances with the same
/// addresses the one that starts last would take the other's traffic, so those that run must be apart.
struct InstanceRanges: Sendable, Hashable {
    var service: IPv4Range
    var cluster: IPv4Range

    /// Nil for what is not written as a network's range of 8 to 24 bits.
    static func range(_ text: String) -> IPv4Range? {
        IPv4Range(text).flatMap { (8...24).contains($0.prefixLength) ? $0 : nil }
    }

    /// - Parameters:
    ///   - service: as asked for; where it is nil, the first of the instance's own that no other instance has.
    ///   - cluster: likewise.
    ///   - others: the machine's other instances, whether they run or not.
    init(name: String, service: String?, cluster: String?, beside others: [Instance]) throws {
        let number = Int(FNV1a.hash32(name.utf8))
        let (asked, taken) = ((service.flatMap(Self.range), cluster.flatMap(Self.range)), others.flatMap(\.ranges))
        self.service =
            try asked.0
            ?? Pool.services.range(name, from: number / 1000, apartFrom: taken + [asked.1].compactMap { $0 })
        self.cluster = try asked.1 ?? Pool.pods.range(name, from: number / 64_000, apartFrom: taken + [self.service])
        guard !self.service.overlaps(self.cluster) else {
            throw CommandError(
                "the services' range \(self.service) and the pods' range \(self.cluster) overlap",
                next: "choose two that are apart with --service-cidr and --cluster-cidr", status: .usage)
        }
    }

    /// Where ranges are taken from that nobody named.
    private struct Pool {
        static let services = Pool(option: "--service-cidr", usual: "10.96.0.0/16", numbers: 192...243)
        static let pods = Pool(option: "--cluster-cidr", usual: "10.244.0.0/16", numbers: 128...191)

        let option: String
        /// The default instance's, which lies outside the numbers.
        let usual: String
        /// The second octets of the others'.
        let numbers: ClosedRange<Int>

        func range(_ name: String, from start: Int, apartFrom taken: [IPv4Range]) throws -> IPv4Range {
            let own = (0..<numbers.count).map { "10.\(numbers.lowerBound + (start + $0) % numbers.count).0.0/16" }
            let wished = (name == Instance.defaultName ? [usual] : []) + own
            let free = wished.lazy.compactMap { IPv4Range($0) }.first { range in !taken.contains { $0.overlaps(range) }
            }
            guard let free else {
                throw CommandError(
                    "other instances on this machine have all ranges from \(own.min() ?? "") to \(own.max() ?? "")",
                    next: "choose another one with \(option), or remove an instance with `purser down --purge`",
                    status: .conflict)
            }
            return free
        }
    }
}

extension Instance {
    var ranges: [IPv4Range] { [serviceCIDR, clusterCIDR].compactMap { IPv4Range($0) } }

    /// Whether the machine's routes lead to it: it runs, or was killed and left its network behind.
    var holdsNetwork: Bool {
        InstanceProcesses(instance: self).supervisor != nil || Paths.exists("/sys/class/net/\(bridge)")
    }

    /// Throws where a start would take the addresses of another instance that has its routes in place: as one would that
    /// was restored from a backup of that one.
    func refuseTakenRanges(beside others: [Instance]) throws {
        for other in others where other.directory != directory {
            guard let shared = ranges.first(where: { range in other.ranges.contains { $0.overlaps(range) } }),
                other.holdsNetwork
            else { continue }
            throw CommandError(
                "the addresses \(shared) are in use by the instance \(other.name) in \(other.directory)",
                next: "stop that one first: `purser down --data \(other.directory)`", status: .conflict)
        }
    }
}
