/// The traffic of one pod, as the pod sees it, since its sandbox started.
public struct NetworkCounters: Sendable, Hashable {
    public var sentBytes: UInt64
    public var receivedBytes: UInt64

    public init(sentBytes: UInt64 = 0, receivedBytes: UInt64 = 0) {
        self.sentBytes = sentBytes
        self.receivedBytes = receivedBytes
    }
}

/// The node's side of the pods' network. Addresses and interfaces are given by CNI plugins that the container
/// runtime calls; this prepares what they need and counts. Every call throws ``NodeError``.
public protocol PodNetwork: Sendable {
    /// Writes the CNI configuration, switches forwarding on and adds the routes. Can be repeated.
    func prepare() throws
    /// Counters by the node's interfaces' names, for all interfaces in one reading.
    ///
    /// What a pod sent is what its interface on the node received, so both are swapped here already.
    func counters() throws -> [String: NetworkCounters]
    /// How many tracked connections (TCP, UDP, SCTP) lead to the pod of this address now.
    func trackedConnections(to address: String) throws -> Int
    /// Leads the packets for another node's pods to that node. Can be repeated.
    func addRoute(to range: IPPrefix, through node: IPPrefix) throws
    /// Removing what is gone is allowed.
    func removeRoute(to range: IPPrefix, through node: IPPrefix) throws
    /// Removes the bridge, the routes and the CNI configuration.
    func teardown() throws
}

/// Sets the node's packet filter.
public protocol PacketFilter: Sendable {
    /// Applies an nftables script in one transaction: all of it or nothing.
    func apply(_ script: String) throws
    /// The text of a table, nil where there is none.
    func list(table: String, family: String) throws -> String?
    /// Removes a table. Removing what is gone is allowed.
    func delete(table: String, family: String) throws
}
