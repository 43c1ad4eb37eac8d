import KubeModel

/// What is wrong with a policy file, with the place of the fault.
public struct AuditPolicyError: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
}

extension AuditPolicy {
    /// Reads a policy.
    ///
    /// `omitStages` and `omitManagedFields` are accepted and do nothing: a call is one event here, and no event holds
    /// a read's answer.
    public init(json: JSON) throws(AuditPolicyError) {
        guard json.string("apiVersion") == "audit.k8s.io/v1", json.string("kind") == "Policy" else {
            throw AuditPolicyError(description: "it must begin with apiVersion: audit.k8s.io/v1 and kind: Policy")
        }
        let reader = AuditPolicyReader(json: json, path: "")
        try reader.refuseUnknown(["apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields"])
        let elements = try reader.elements("rules")
        guard !elements.isEmpty else {
            throw AuditPolicyError(
                description: "rules must hold at least one rule; `- level: Metadata` keeps every read")
        }
        var rules: [Rule] = []
        for element in elements { rules.append(try element.rule()) }
        self.init(rules: rules)
    }
}

private struct AuditPolicyReader {
    let json: JSON
    /// `rules[2].resources[0]`; empty at the top.
    let path: String

    func fault(_ name: String, _ problem: String) -> AuditPolicyError {
        AuditPolicyError(description: "\(path.isEmpty ? name : "\(path).\(name)") \(problem)")
    }

    func refuseUnknown(_ known: Set<String>) throws(AuditPolicyError) {
        guard let members = json.objectValue else {
            throw AuditPolicyError(description: "\(path.isEmpty ? "the policy" : path) must be an object")
        }
        for member in members where !known.contains(member.key) { throw fault(member.key, "is not known") }
    }

    func elements(_ name: String) throws(AuditPolicyError) -> [AuditPolicyReader] {
        guard let value = json[name], !value.isNull else { return [] }
        guard let array = value.arrayValue else { throw fault(name, "must be a list") }
        return array.enumerated().map {
            AuditPolicyReader(json: $0.element, path: (path.isEmpty ? "" : path + ".") + "\(name)[\($0.offset)]")
        }
    }

    func strings(_ name: String) throws(AuditPolicyError) -> [String] {
        var texts: [String] = []
        for element in try elements(name) {
            guard let text = element.json.stringValue else {
                throw AuditPolicyError(description: "\(element.path) must be a string")
            }
            texts.append(text)
        }
        return texts
    }

    func rule() throws(AuditPolicyError) -> AuditPolicy.Rule {
        try refuseUnknown([
            "level", "users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs", "omitStages",
            "omitManagedFields",
        ])
        guard let level = json.string("level").flatMap(AuditPolicy.Level.init) else {
            let known = AuditPolicy.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw fault("level", "must be one of \(known)")
        }
        var rule = AuditPolicy.Rule(level: level)
        (rule.users, rule.userGroups) = (try strings("users"), try strings("userGroups"))
        (rule.verbs, rule.namespaces) = (try strings("verbs"), try strings("namespaces"))
        rule.nonResourceURLs = try nonResourceURLs()
        for element in try elements("resources") { rule.resources.append(try element.resources()) }
        if !rule.nonResourceURLs.isEmpty, !(rule.resources.isEmpty && rule.namespaces.isEmpty) {
            throw fault("nonResourceURLs", "cannot stand beside resources or namespaces: no call has both")
        }
        return rule
    }

    private func nonResourceURLs() throws(AuditPolicyError) -> [String] {
        let urls = try strings("nonResourceURLs")
        for (index, url) in urls.enumerated() {
            let isPath = url == "*" || url.hasPrefix("/")
            guard isPath, !url.dropLast().contains("*") else {
                throw fault("nonResourceURLs[\(index)]", "must begin with / and may have one * at its end: \"\(url)\"")
            }
        }
        return urls
    }

    private func resources() throws(AuditPolicyError) -> AuditPolicy.Resources {
        try refuseUnknown(["group", "resources", "resourceNames"])
        let group = json["group"].map { $0.isNull ? "" : $0.stringValue } ?? ""
        guard let group else { throw fault("group", "must be a string, such as apps; the core group is \"\"") }
        guard !group.contains("/") else {
            throw fault("group", "must be a group without a version, such as apps: \"\(group)\"")
        }
        let read = AuditPolicy.Resources(
            group: group, resources: try strings("resources"), resourceNames: try strings("resourceNames"))
        for (index, resource) in read.resources.enumerated() {
            let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
                throw fault("resources[\(index)]", "must be a resource such as pods, pods/log, pods/* or */log")
            }
        }
        guard read.resourceNames.isEmpty || !read.resources.isEmpty else {
            throw fault("resourceNames", "needs resources beside it")
        }
        return read
    }
}
