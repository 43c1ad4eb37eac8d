import Domain
import KubeMachinery
import KubeModel

/// Plans a rollback: goes through the objects in an order in which each finds what it needs, and folds each change into
/// the state that the next one is prepared on.
public struct Restorer {
    /// The kinds that are served now; with the definitions that the plan brings back, those that it leads to.
    var registry: Registry
    let extent: RestorationExtent
    /// The position that is gone back to.
    let target: Position
    let now: Timestamp
    let sealer: SecretSealer?
    let context: DecisionContext
    let origin: CallOrigin
    /// Draws the uid of a new object.
    let newUID: () -> String
    /// The uids of objects that are made anew, by the uids they had.
    var renewed: [String: String] = [:]
    var plan: Restoration

    /// - Parameter state: must have its indexes built.
    public init(
        state: ClusterState, registry: Registry, extent: RestorationExtent, target: Position, now: Timestamp,
        sealer: SecretSealer?, context: DecisionContext, origin: CallOrigin, newUID: @escaping () -> String
    ) {
        (self.registry, self.extent, self.target, self.now) = (registry, extent, target, now)
        (self.sealer, self.context, self.origin, self.newUID) = (sealer, context, origin, newUID)
        plan = Restoration(state: state)
    }

    /// - Parameter earlier: the objects of the extent as they were at the target; of a selection, all of the namespace.
    public mutating func restoration(to earlier: [ObjectKey: StoredObject]) -> Restoration {
        let wanted = earlier.filter { isWanted($0.key, $0.value) }
        let keys = Set(wanted.keys).union(liveKeys(earlier))
        plan.considered = keys.count
        for key in Self.ownersFirst(keys.sorted(by: Self.comesBefore(wanted)), wanted) {
            do throws(KubeStatus) {
                if let object = wanted[key] { try restore(key, object) } else { try end(key) }
            } catch {
                plan.refusals.append(Restoration.Refusal(key: key, reason: error.message, code: error.code))
            }
        }
        addMarker()
        return plan
    }

    /// An object that was being deleted was not wanted any more; a person who names one wants it.
    private func isWanted(_ key: ObjectKey, _ object: StoredObject) -> Bool {
        switch extent {
        case .object: return true
        case .selection(_, let selector, _):
            let isChosen =
                selector.matches(object.labels) || plan.state[key].map { selector.matches($0.labels) } ?? false
            guard isChosen else { return false }
        case .namespace, .cluster: break
        }
        return Ownership.isPeoples(key, object) && !object.isBeingDeleted
    }

    /// The objects of the extent that people own now.
    private func liveKeys(_ earlier: [ObjectKey: StoredObject]) -> Set<ObjectKey> {
        var keys: Set<ObjectKey> = []
        func add(_ namespace: String?, _ selector: LabelSelector = LabelSelector()) {
            for type in registry.types where namespace == nil || type.isNamespaced {
                plan.state.forEach(type.storage, namespace: namespace) { name, object in
                    let key = ObjectKey(type.storage, namespace: name.namespace, name: name.name)
                    let isChosen = selector.isEmpty || selector.matches(object.labels)
                    if isChosen, Ownership.isPeoples(key, object) { keys.insert(key) }
                    return true
                }
            }
        }
        switch extent {
        case .object: break
        case .namespace(let name): add(name)
        case .selection(let namespace, let selector, _): add(namespace, selector)
        case .cluster:
            add(nil)
            // What is in a namespace that goes, goes with it.
            let ending = Set(
                keys.filter { $0.resource == .namespaces && earlier[$0] == nil && !Self.standing.contains($0.name) }
                    .map(\.name))
            keys = keys.filter { !ending.contains($0.namespace) }
        }
        return keys.filter { !($0.resource == .namespaces && Self.standing.contains($0.name) && earlier[$0] == nil) }
    }

    /// Namespaces that every cluster has.
    private static let standing: Set<String> = ["default", "kube-node-lease", "kube-public", "kube-system"]

    /// Namespaces and definitions first; then what ends, so that its addresses are free; then what others refer to; then
    /// the rest. Namespaces and definitions that end come last.
    private static func comesBefore(_ wanted: [ObjectKey: StoredObject]) -> (ObjectKey, ObjectKey) -> Bool {
        let order: [GroupResource] = [.serviceAccounts, .configMaps, .secrets, .services]
        func rank(_ key: ObjectKey) -> Int {
            if key.resource == .namespaces { return wanted[key] == nil ? 101 : 0 }
            if key.resource == .customResourceDefinitions { return wanted[key] == nil ? 100 : 0 }
            guard wanted[key] != nil else { return 1 }
            return order.firstIndex(of: key.resource).map { 2 + $0 } ?? 50
        }
        return { rank($0) == rank($1) ? $0 < $1 : rank($0) < rank($1) }
    }

    // MARK: One object

    private mutating func restore(_ key: ObjectKey, _ earlier: StoredObject) throws(KubeStatus) {
        guard let type = registry.type(key.resource) else { throw Self.noDefinition(of: key) }
        do throws(KubeStatus) { try restore(key, earlier, type) } catch {
            throw type.custom == nil ? error : Self.misfit(error)
        }
    }

    private mutating func restore(_ key: ObjectKey, _ earlier: StoredObject, _ type: ResourceType) throws(KubeStatus) {
        var notes: [String] = []
        guard let live = plan.state[key] else {
            let form = try form(of: earlier, type, live: nil, &notes)
            let after = try create(key, form, type)
            return note(.create, key, before: .null, after: after, notes)
        }
        try check(key, live)
        let before = try clear(live, type)
        let form = try form(of: earlier, type, live: before, &notes)
        do {
            if let after = try update(key, form, type) { note(.update, key, before: before, after: after, notes) }
        } catch  where error.code == 422 && type.custom == nil {
            try recreate(key, earlier, live, type, because: error)
        }
    }

    private func check(_ key: ObjectKey, _ live: StoredObject) throws(KubeStatus) {
        if live.isBeingDeleted {
            throw .conflict(key.resource, name: key.name, "it is being deleted; wait until it is gone and try again")
        }
        if let owner = Ownership.controller(of: live) {
            throw .conflict(key.resource, name: key.name, "its name is taken by an object that \(owner) keeps")
        }
    }

    /// Ends the object and makes it anew, where a field that may not change is other than it was.
    private mutating func recreate(
        _ key: ObjectKey, _ earlier: StoredObject, _ live: StoredObject, _ type: ResourceType, because fault: KubeStatus
    ) throws(KubeStatus) {
        let fields = fault.causes.map(\.field).joined(separator: ", ")
        // Its objects would go with it.
        guard key.resource != .customResourceDefinitions else { throw fault }
        guard key.resource != .namespaces, key.resource != .pods, live.member("metadata", "finalizers") == nil else {
            throw KubeStatus(
                code: 422, reason: "Invalid",
                message: "\(fields) cannot be changed, and it cannot be made anew at once; delete it, wait until it is "
                    + "gone, and roll back again")
        }
        let before = try clear(live, type)
        let standing = (plan.state, plan.changes, plan.steps)
        do {
            try prepareEnd(key, type)
            var notes = ["\(fields) cannot be changed: it is ended and made anew"]
            let form = try form(of: earlier, type, live: nil, &notes)
            let after = try create(key, form, type)
            note(.recreate, key, before: before, after: after, notes)
            renewed[live.uid] = after.string("metadata", "uid")
            try keepDependents(of: live.uid)
        } catch {
            (plan.state, plan.changes, plan.steps) = standing
            throw error
        }
    }

    private mutating func end(_ key: ObjectKey) throws(KubeStatus) {
        guard let type = registry.type(key.resource), let live = plan.state[key], !live.isBeingDeleted else { return }
        let before = try clear(live, type)
        try prepareEnd(key, type)
        let notes = plan.state[key] == nil ? [] : ["it ends when nothing holds it any more"]
        note(.delete, key, before: before, after: .null, notes)
    }

    mutating func note(
        _ action: Restoration.Action, _ key: ObjectKey, before: JSON, after: JSON, _ notes: [String]
    ) {
        plan.steps.append(Restoration.Step(action: action, key: key, before: before, after: after, notes: notes))
    }

    /// An object in clear; a Secret whose key was destroyed says so.
    func clear(_ stored: StoredObject, _ type: ResourceType) throws(KubeStatus) -> JSON {
        let json = type.shown(stored.object().json)
        guard type.groupResource == .secrets, let sealer else { return json }
        guard !sealer.isShredded(uid: stored.uid) else {
            throw KubeStatus(
                code: 410, reason: "Gone",
                message: "its key was destroyed, and its values with it; they cannot be brought back")
        }
        return try sealer.open(json)
    }

    // MARK: Changes

    private mutating func create(_ key: ObjectKey, _ form: JSON, _ type: ResourceType) throws(KubeStatus) -> JSON {
        let uid = newUID()
        if type.groupResource == .secrets, let sealer {
            do { plan.newSecrets[uid] = try sealer.makeKey(uid: uid).wrapped } catch {
                throw .internalError("a data key cannot be made")
            }
        }
        guard let after = try prepare(key, .restore(form), type, uid: uid) else { return .null }
        if let old = form.string("metadata", "uid") { renewed[old] = uid }
        return after
    }

    /// Nil if nothing changes.
    private mutating func update(_ key: ObjectKey, _ form: JSON, _ type: ResourceType) throws(KubeStatus) -> JSON? {
        try prepare(key, .restore(form), type, uid: "")
    }

    private mutating func prepareEnd(_ key: ObjectKey, _ type: ResourceType) throws(KubeStatus) {
        _ = try prepare(key, .delete(DeleteOptions()), type, uid: "")
    }

    /// Prepares one change and folds it in; the object after it (null if it ended), nil if it would change nothing.
    mutating func prepare(
        _ key: ObjectKey, _ operation: WriteRequest.Operation, _ type: ResourceType, uid: String
    ) throws(KubeStatus) -> JSON? {
        var request = WriteRequest(
            type, namespace: key.namespace, name: key.name, operation: operation, origin: origin)
        if case .object(key) = extent { request.remarks["rollback"] = remark }
        let preparation = Preparation(
            state: plan.state, request: request, now: now, newUID: uid, suffix: "", sealer: sealer)
        guard case .change(let change, _) = try preparation.prepare() else { return nil }
        try fold(change)
        plan.changes.append(change)
        return try plan.state[key].map { stored throws(KubeStatus) in try clear(stored, type) } ?? .null
    }

    private mutating func fold(_ change: ObjectChange) throws(KubeStatus) {
        let command = Command(caller: origin.caller, callID: origin.callID, term: context.term, changes: [change])
        switch plan.state.decide(command, context: context) {
        case .rejected(let status): throw status
        case .stale(let key): throw .staleResourceVersion(key.resource, name: key.name)
        case .events(let events):
            for event in events {
                do throws(EvolveError) {
                    try plan.state.apply(
                        stream: event.stream, revision: event.revision, type: event.type, isKeyframe: event.isKeyframe,
                        payload: event.payload, position: plan.state.position + 1)
                } catch { throw .internalError(error.description) }
            }
            if change.key.resource == .customResourceDefinitions { registry = Registry(plan.state.definitions) }
        }
    }
}
