import KubeModel

/// A range of IPv4 addresses in CIDR form.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    public let first: UInt32
    public let prefix: Int

    /// Nil if the text is no IPv4 CIDR.
    public init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let address = Self.parse(String(parts[0])), let prefix = Int(parts[1]),
            (8...30).contains(prefix)
        else { return nil }
        self.first = address & ~(UInt32.max >> UInt32(prefix))
        self.prefix = prefix
    }

    private init(first: UInt32, prefix: Int) { (self.first, self.prefix) = (first, prefix) }

    /// 10.96.0.0/16, the services' range where nobody names another.
    public static let standard = AddressRange(first: 10 << 24 | 96 << 16, prefix: 16)

    public var size: UInt32 { 1 << UInt32(32 - prefix) }
    public var description: String { "\(Self.text(first))/\(prefix)" }

    /// Neither the network's nor the broadcast address.
    public func containsHost(_ address: UInt32) -> Bool { address > first && address - first < size - 1 }

    public static func parse(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part), part.count == String(byte).count else { return nil }
            address = address << 8 | UInt32(byte)
        }
        return address
    }

    public static func text(_ address: UInt32) -> String {
        (0..<4).map { String(address >> UInt32(24 - 8 * $0) & 255) }.joined(separator: ".")
    }
}

/// Completes a Service with addresses and ports that nobody else holds at this state.
struct ServiceAllocation {
    let state: ClusterState
    let context: DecisionContext

    func complete(_ service: JSON, key: ObjectKey) -> Result<JSON, KubeStatus> {
        var service = service
        let type = service.string("spec", "type") ?? "ClusterIP"
        if type != "ExternalName", let refusal = completeAddress(&service, key) { return .failure(refusal) }
        if type == "NodePort" || type == "LoadBalancer", let refusal = completePorts(&service, key) {
            return .failure(refusal)
        }
        return .success(service)
    }

    private func invalid(_ key: ObjectKey, _ field: String, _ message: String) -> KubeStatus {
        .invalid(
            GroupVersionKind(group: "", version: "v1", kind: "Service"), name: key.name,
            [KubeStatus.Cause(reason: "FieldValueInvalid", message: "Invalid value: \(message)", field: field)])
    }

    private func completeAddress(_ service: inout JSON, _ key: ObjectKey) -> KubeStatus? {
        let asked = service.string("spec", "clusterIP") ?? ""
        if asked == "None" {
            service[["spec", "clusterIPs"]] = ["None"]
            return nil
        }
        var address = asked
        if asked.isEmpty {
            guard let free = freeAddress(key) else {
                return KubeStatus.internalError("failed to allocate a serviceIP: range is full")
            }
            address = free
        } else {
            guard let number = AddressRange.parse(asked), context.serviceRange.containsHost(number) else {
                return invalid(
                    key, "spec.clusterIPs",
                    "[\"\(asked)\"]: failed to allocate IP \(asked): the provided IP (\(asked)) is not in the valid range. "
                        + "The range of valid IPs is \(context.serviceRange)")
            }
            if let holder = state.indexes?.clusterIPs[asked], holder != key {
                return invalid(
                    key, "spec.clusterIPs",
                    "[\"\(asked)\"]: failed to allocate IP \(asked): provided IP is already allocated")
            }
        }
        service[["spec", "clusterIP"]] = .string(address)
        service[["spec", "clusterIPs"]] = [.string(address)]
        return nil
    }

    /// The first free address from a start that the name gives, so that a Service made again tends to get its
    /// address back. The first sixteenth, at most 256, is left for addresses that people ask for (KEP-3070).
    private func freeAddress(_ key: ObjectKey) -> String? {
        let range = context.serviceRange
        let reserved = min(max(range.size / 16, 1), 256)
        let dynamic = range.size - 1 - reserved
        guard dynamic > 0 else { return nil }
        let start = UInt32(truncatingIfNeeded: FNV1a.hash64(key.description.utf8)) % dynamic
        for step in 0..<dynamic {
            let text = AddressRange.text(range.first + reserved + (start + step) % dynamic)
            if state.indexes?.clusterIPs[text] == nil { return text }
        }
        for offset in 1..<reserved {
            let text = AddressRange.text(range.first + offset)
            if state.indexes?.clusterIPs[text] == nil { return text }
        }
        return nil
    }

    private func completePorts(_ service: inout JSON, _ key: ObjectKey) -> KubeStatus? {
        var ports = service.array("spec", "ports")
        var taken: Set<Int64> = []
        for index in ports.indices {
            if let asked = ports[index].int("nodePort"), asked > 0 {
                guard context.nodePorts.contains(asked) else {
                    return invalid(
                        key, "spec.ports[\(index)].nodePort",
                        "\(asked): provided port is not in the valid range. The range of valid ports is "
                            + "\(context.nodePorts.lowerBound)-\(context.nodePorts.upperBound)")
                }
                if let holder = state.indexes?.nodePorts[asked], holder != key {
                    return invalid(key, "spec.ports[\(index)].nodePort", "\(asked): provided port is already allocated")
                }
                taken.insert(asked)
            }
        }
        for index in ports.indices where (ports[index].int("nodePort") ?? 0) == 0 {
            guard let free = freePort(key, index: index, taken: taken) else {
                return KubeStatus.internalError("failed to allocate a nodePort: range is full")
            }
            taken.insert(free)
            ports[index]["nodePort"] = .int(free)
        }
        service[["spec", "ports"]] = .array(ports)
        return nil
    }

    private func freePort(_ key: ObjectKey, index: Int, taken: Set<Int64>) -> Int64? {
        let range = context.nodePorts
        let size = Int64(range.count)
        let start = Int64(FNV1a.hash64("\(key)#\(index)".utf8) % UInt64(size))
        return (0..<size).lazy.map { range.lowerBound + (start + $0) % size }
            .first { !taken.contains($0) && state.indexes?.nodePorts[$0] == nil }
    }
}
