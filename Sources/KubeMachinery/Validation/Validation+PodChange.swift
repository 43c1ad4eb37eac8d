import KubeModel

extension Validation {
    private static let changeable =
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
        + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
        + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"

    /// A pod stays what it was made as, but for its images, its deadline, added tolerations and cleared gates.
    static let podChange: ChangeRule = { new, old, faults in
        let (spec, before) = (new["spec"] ?? [:], old["spec"] ?? [:])
        var rest = spec
        for list in ["containers", "initContainers"] {
            guard spec.array(list).count == before.array(list).count else {
                faults.forbidden(FieldPath.spec.child(list), "pod updates may not add or remove containers")
                return
            }
            var elements = rest.array(list)
            for (index, container) in before.array(list).enumerated() { elements[index]["image"] = container["image"] }
            if rest[list] != nil { rest[list] = .array(elements) }
        }
        deadline(spec, before, &faults)
        tolerations(spec.array("tolerations"), before.array("tolerations"), &faults)
        gates(spec.array("schedulingGates"), before.array("schedulingGates"), &faults)
        for name in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] { rest[name] = before[name] }
        if (before.int("terminationGracePeriodSeconds") ?? 0) < 0, spec.int("terminationGracePeriodSeconds") == 1 {
            rest["terminationGracePeriodSeconds"] = before["terminationGracePeriodSeconds"]
        }
        if rest != before { faults.forbidden(.spec, changeable) }
    }

    private static func deadline(_ new: JSON, _ old: JSON, _ faults: inout Faults) {
        let path = FieldPath.spec.child("activeDeadlineSeconds")
        guard let before = old.int("activeDeadlineSeconds") else { return }
        guard let after = new.int("activeDeadlineSeconds") else {
            return faults.invalid(path, .null, "must not update from a positive integer to nil value")
        }
        if after > before { faults.invalid(path, .int(after), "must be less than or equal to previous value") }
    }

    private static func tolerations(_ new: [JSON], _ old: [JSON], _ faults: inout Faults) {
        func withoutSeconds(_ toleration: JSON) -> JSON {
            var toleration = toleration
            toleration["tolerationSeconds"] = nil
            return toleration
        }
        let kept = Set(new.map(withoutSeconds))
        if !old.map(withoutSeconds).allSatisfy(kept.contains) {
            faults.forbidden(
                FieldPath.spec.child("tolerations"),
                "existing toleration can not be modified except its tolerationSeconds")
        }
    }

    private static func gates(_ new: [JSON], _ old: [JSON], _ faults: inout Faults) {
        for gate in new where !old.contains(gate) {
            faults.forbidden(
                FieldPath.spec.child("schedulingGates"),
                "only deletion is allowed, but found new scheduling gate '\(gate.string("name") ?? "")'")
        }
    }
}
