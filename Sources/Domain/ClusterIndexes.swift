import HashTreeCollections
import KubeModel
import Scheduling

/// What is looked up by something else than the name. A function of the objects, kept in step with them.
public struct ClusterIndexes: Sendable {
    /// The live objects by uid.
    public private(set) var byUID: TreeDictionary<String, ObjectKey> = [:]
    /// The objects that name an owner, by the owner's uid.
    public private(set) var byOwner: TreeDictionary<String, TreeSet<ObjectKey>> = [:]
    /// The pods bound to a node.
    public private(set) var byNode: TreeDictionary<String, TreeSet<ObjectKey>> = [:]
    /// Who holds a cluster IP.
    public private(set) var clusterIPs: TreeDictionary<String, ObjectKey> = [:]
    /// Who holds a node port.
    public private(set) var nodePorts: TreeDictionary<Int64, ObjectKey> = [:]
    /// What the pods bound to a node ask for in sum, terminated ones left out.
    public private(set) var nodeRequests: TreeDictionary<String, ResourceAmounts> = [:]

    init(_ state: ClusterState) {
        for resource in state.populatedResources {
            state.forEach(resource) { name, object in
                let key = ObjectKey(resource, namespace: name.namespace, name: name.name)
                insert(key, IndexedFacts(key, object))
                return true
            }
        }
    }

    mutating func update(_ transition: ObjectTransition) {
        let old = transition.old.map { IndexedFacts(transition.key, $0) }
        let new = transition.new.map { IndexedFacts(transition.key, $0) }
        guard old != new else { return }
        if let old { remove(transition.key, old) }
        if let new { insert(transition.key, new) }
    }

    private mutating func insert(_ key: ObjectKey, _ facts: IndexedFacts) {
        byUID[facts.uid] = key
        for owner in facts.owners { byOwner[owner, default: []].insert(key) }
        if let node = facts.node {
            byNode[node, default: []].insert(key)
            nodeRequests[node, default: ResourceAmounts()] += facts.requests
        }
        for address in facts.clusterIPs { clusterIPs[address] = key }
        for port in facts.nodePorts { nodePorts[port] = key }
    }

    private mutating func remove(_ key: ObjectKey, _ facts: IndexedFacts) {
        if byUID[facts.uid] == key { byUID[facts.uid] = nil }
        for owner in facts.owners { Self.remove(key, owner, from: &byOwner) }
        if let node = facts.node {
            Self.remove(key, node, from: &byNode)
            nodeRequests[node, default: ResourceAmounts()] -= facts.requests
        }
        for address in facts.clusterIPs where clusterIPs[address] == key { clusterIPs[address] = nil }
        for port in facts.nodePorts where nodePorts[port] == key { nodePorts[port] = nil }
    }

    private static func remove(
        _ key: ObjectKey, _ value: String, from index: inout TreeDictionary<String, TreeSet<ObjectKey>>
    ) {
        index[value]?.remove(key)
        if index[value]?.isEmpty == true { index[value] = nil }
    }
}

/// The indexed facts of one object, read by skimming.
private struct IndexedFacts: Hashable {
    var uid = ""
    var owners: [String] = []
    var node: String?
    var requests = ResourceAmounts()
    var clusterIPs: [String] = []
    var nodePorts: [Int64] = []

    init(_ key: ObjectKey, _ object: StoredObject) {
        object.skim { skim in
            guard let metadata = skim.value(of: "metadata") else { return }
            uid = skim.value(of: "uid", at: metadata.lowerBound).flatMap(skim.plainString) ?? ""
        }
        owners = object.member("metadata", "ownerReferences")?.arrayValue?.compactMap { $0.string("uid") } ?? []
        switch key.resource {
        case .pods: readPod(object)
        case .services: readService(object)
        default: break
        }
    }

    private mutating func readPod(_ object: StoredObject) {
        guard let name = object.member("spec", "nodeName")?.stringValue, !name.isEmpty else { return }
        node = name
        let phase = object.member("status", "phase")?.stringValue
        guard phase != "Succeeded", phase != "Failed" else { return }
        requests = PodDemand.requests(of: object.member("spec") ?? [:])
    }

    private mutating func readService(_ object: StoredObject) {
        clusterIPs =
            object.member("spec", "clusterIPs")?.arrayValue?.compactMap(\.stringValue).filter { $0 != "None" } ?? []
        nodePorts =
            object.member("spec", "ports")?.arrayValue?.compactMap { $0.int("nodePort") }.filter { $0 > 0 } ?? []
    }
}

extension ClusterState {
    /// Builds the indexes once; from then on `apply` keeps them in step.
    public mutating func buildIndexes() {
        if indexes == nil { indexes = ClusterIndexes(self) }
    }
}
