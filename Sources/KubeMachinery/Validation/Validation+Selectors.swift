import KubeModel

extension Validation {
    static let selectorRules: [String: Rule] = [
        // Metadata of a template; an object's own is looked at before.
        "meta/v1.ObjectMeta": { metadata, path, faults in
            faultsOfLabels(metadata["labels"], path.child("labels"), &faults)
            annotations(metadata["annotations"], path.child("annotations"), &faults)
        },
        "meta/v1.LabelSelector": { selector, path, faults in
            faultsOfLabels(selector["matchLabels"], path.child("matchLabels"), &faults)
        },
        "meta/v1.LabelSelectorRequirement": { requirement, path, faults in
            expression(requirement, path, numbers: false, &faults)
        },
        "core/v1.NodeSelectorRequirement": { requirement, path, faults in
            expression(requirement, path, numbers: true, &faults)
        },
        "core/v1.NodeSelector": { selector, path, faults in
            if selector.array("nodeSelectorTerms").isEmpty {
                faults.required(path.child("nodeSelectorTerms"), "must have at least one node selector term")
            }
        },
    ]

    private static func expression(_ requirement: JSON, _ path: FieldPath, numbers: Bool, _ faults: inout Faults) {
        let key = requirement.string("key") ?? ""
        if !key.isEmpty { faults.invalid(path.child("key"), key, Syntax.qualifiedName(key)) }
        let values = requirement.array("values")
        switch requirement.string("operator") ?? "" {
        case "In", "NotIn":
            if values.isEmpty {
                faults.required(path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'")
            }
        case "Exists", "DoesNotExist":
            if !values.isEmpty {
                faults.forbidden(
                    path.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
            }
        case "Gt" where numbers, "Lt" where numbers:
            if values.count != 1 {
                faults.required(
                    path.child("values"), "must be specified single value when `operator` is 'Lt' or 'Gt'")
            }
        case let other: faults.invalid(path.child("operator"), other, "not a valid selector operator")
        }
        if numbers { return }
        for (index, value) in values.enumerated() {
            let text = value.stringValue ?? ""
            faults.invalid(path.child("values").index(index), text, Syntax.labelValue(text))
        }
    }
}
