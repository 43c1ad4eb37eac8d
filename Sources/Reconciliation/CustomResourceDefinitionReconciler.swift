import Domain
import KubeMachinery
import KubeModel

/// Accepts the names of CustomResourceDefinitions and establishes them; before one ends, its objects do.
/// Source of the rules: Kubernetes' page "Extend the Kubernetes API with CustomResourceDefinitions".
public struct CustomResourceDefinitionReconciler: Reconciler {
    /// The most deletions of one plan.
    public static let burst = 500

    public let name = "customresourcedefinition"
    public init() {}

    public func keys(old: KubeObject?, new: KubeObject?, resource: GroupResource, in view: any ClusterView)
        -> [ObjectKey]
    {
        if resource == .customResourceDefinitions { return keys(old: old, new: new, in: view) }
        let definition = ObjectKey(.customResourceDefinitions, name: resource.description)
        guard new == nil, let object = view.object(definition), object.isBeingDeleted else { return [] }
        return [definition]
    }

    /// A definition that frees names wakes those of its group that wait for them.
    private func keys(old: KubeObject?, new: KubeObject?, in view: any ClusterView) -> [ObjectKey] {
        var keys = new.map { [$0.key(.customResourceDefinitions)] } ?? []
        guard let old = old.map({ CustomResourceDefinition($0.json) }) else { return keys }
        let names = new.map { CustomResourceDefinition($0.json).acceptedNames }
        guard names != old.acceptedNames else { return keys }
        for other in view.definitions where other.group == old.group && other.condition("NamesAccepted") != "True" {
            keys.append(ObjectKey(.customResourceDefinitions, name: other.name))
        }
        return keys
    }

    public func plan(_ view: any ClusterView, key: ObjectKey, now: Timestamp) -> Plan {
        guard let object = view.object(key) else { return Plan() }
        let definition = CustomResourceDefinition(object.json)
        if object.isBeingDeleted { return empty(object, definition, in: view, now) }
        return Plan(statusWrite(object, status(of: definition, in: view, now)))
    }

    private func statusWrite(_ object: KubeObject, _ status: JSON) -> [PlannedWrite] {
        guard status != object.status else { return [] }
        var changed = object
        changed.json["status"] = status
        return [.updateStatus(.customResourceDefinitions, changed)]
    }

    // MARK: The end

    private func empty(
        _ object: KubeObject, _ definition: CustomResourceDefinition, in view: any ClusterView, _ now: Timestamp
    ) -> Plan {
        guard object.finalizers.contains(CustomResourceDefinition.finalizer) else { return Plan() }
        let key = object.key(.customResourceDefinitions)
        let objects = view.list(definition.resource, namespace: nil)
        guard !objects.isEmpty else {
            return Plan([.removeFinalizer(key, uid: object.uid, finalizer: CustomResourceDefinition.finalizer)])
        }
        var status = object.status
        status.setCondition(
            "Terminating", "True", reason: "InstanceDeletionInProgress",
            message: "CustomResource deletion is in progress", now: now)
        let deletions = objects.filter { !$0.isBeingDeleted }.prefix(Self.burst).map { custom in
            PlannedWrite.delete(custom.key(definition.resource), uid: custom.uid, graceSeconds: nil)
        }
        return Plan(statusWrite(object, status) + deletions)
    }

    // MARK: Names

    private func status(of definition: CustomResourceDefinition, in view: any ClusterView, _ now: Timestamp) -> JSON {
        var status = definition.json["status"] ?? [:]
        let taken = conflicts(of: definition, in: view)
        if taken.isEmpty {
            status["acceptedNames"] = definition.names.json
            status.setCondition(
                "NamesAccepted", "True", reason: "NoConflicts", message: "no conflicts found", now: now)
        } else {
            status.setCondition(
                "NamesAccepted", "False", reason: "NameConflict", message: taken.joined(separator: "; "), now: now)
        }
        // Once established it stays so: its objects are there.
        if taken.isEmpty || definition.isEstablished {
            status.setCondition(
                "Established", "True", reason: "InitialNamesAccepted",
                message: "the initial names have been accepted", now: now)
        } else {
            status.setCondition(
                "Established", "False", reason: "NotAccepted", message: "not all names are accepted", now: now)
        }
        noteExpressions(definition, &status, now)
        return status
    }

    /// Purser evaluates no rules in the Common Expression Language, and says so where there are some.
    private func noteExpressions(_ definition: CustomResourceDefinition, _ status: inout JSON, _ now: Timestamp) {
        guard definition.hasExpressions else { return status.removeCondition("ValidationRulesEvaluated") }
        status.setCondition(
            "ValidationRulesEvaluated", "False", reason: "NotSupported",
            message: "x-kubernetes-validations are not evaluated: objects that break these rules are accepted", now: now
        )
    }

    /// What another definition of the group has already been given.
    private func conflicts(of definition: CustomResourceDefinition, in view: any ClusterView) -> [String] {
        var words: Set<String> = []
        var kinds: Set<String> = []
        for other in view.definitions where other.group == definition.group && other.name != definition.name {
            let names = other.acceptedNames
            guard !names.plural.isEmpty else { continue }
            words.formUnion(names.words)
            kinds.formUnion([names.kind, names.listKind])
        }
        let names = definition.names
        return names.words.filter(words.contains).map { "\"\($0)\" is already in use" }
            + [names.kind, names.listKind].filter(kinds.contains).map { "\"\($0)\" is already in use" }
    }
}

extension ClusterView {
    var definitions: [CustomResourceDefinition] {
        list(.customResourceDefinitions, namespace: nil).map { CustomResourceDefinition($0.json) }
    }

    /// The key of the owner of an object in a namespace, be it a custom resource; nil for a kind that is not known here,
    /// whose owners are then taken to exist: nothing may be deleted on a guess.
    func key(of owner: OwnerReference, namespace: String) -> ObjectKey? {
        if let key = owner.key(namespace: namespace) { return key }
        let kind = GroupVersionKind(apiVersion: owner.apiVersion, kind: owner.kind)
        guard
            let definition = definitions.first(where: { $0.group == kind.group && $0.acceptedNames.kind == kind.kind })
        else { return nil }
        return ObjectKey(
            definition.resource, namespace: definition.isNamespaced ? namespace : "", name: owner.name)
    }
}
