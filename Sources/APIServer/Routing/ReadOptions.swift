import KubeModel

/// `metav1.GetOptions`, and the moment that is asked for.
public struct GetOptions: Sendable, Hashable {
    public var resourceVersion: Int64?
    public var at: AsOf?

    public init(resourceVersion: Int64? = nil, at: AsOf? = nil) {
        (self.resourceVersion, self.at) = (resourceVersion, at)
    }

    public init(_ query: Query) throws(KubeStatus) {
        self.init()
        guard !query.isEmpty else { return }
        resourceVersion = try query.resourceVersion()
        at = try query.asOf()
    }
}

/// `metav1.ListOptions`, and the moment that is asked for; for lists, watches and deletes of collections.
public struct ListOptions: Sendable, Hashable {
    public enum ResourceVersionMatch: String, Sendable, Hashable {
        case exact = "Exact"
        case notOlderThan = "NotOlderThan"
    }

    public var labelSelector = LabelSelector()
    public var fieldSelector = FieldSelector()
    /// Nil for no limit.
    public var limit: Int?
    /// The token that an earlier page ended with; empty for the first page.
    public var continueToken = ""
    /// 0 means any state that the server has; nil means the newest.
    public var resourceVersion: Int64?
    public var resourceVersionMatch: ResourceVersionMatch?
    public var isWatch = false
    public var allowsBookmarks = false
    public var sendsInitialEvents = false
    /// After how many seconds a watch ends by itself.
    public var timeoutSeconds: Int64?
    public var at: AsOf?

    public init() {}

    /// - Parameter isWatch: whether the route is a watch, however it was asked for.
    public init(_ query: Query, isWatch: Bool = false) throws(KubeStatus) {
        self.isWatch = isWatch
        guard !query.isEmpty else { return }
        if let text = query["labelSelector"], !text.isEmpty { labelSelector = try LabelSelector(query: text) }
        if let text = query["fieldSelector"], !text.isEmpty { fieldSelector = try FieldSelector(query: text) }
        if let limit = try query.integer("limit") {
            guard limit >= 0 else { throw .badRequest("limit=\(limit) must not be negative") }
            if limit > 0 { self.limit = Int(limit) }
        }
        continueToken = query["continue"] ?? ""
        resourceVersion = try query.resourceVersion()
        allowsBookmarks = query.boolean("allowWatchBookmarks") ?? false
        timeoutSeconds = try query.integer("timeoutSeconds")
        at = try query.asOf()
        try readMatch(query)
    }

    /// The rules of `ValidateListOptions` on which parameters go together.
    private mutating func readMatch(_ query: Query) throws(KubeStatus) {
        let kind = "ListOptions"
        let initialEvents = query.boolean("sendInitialEvents")
        sendsInitialEvents = initialEvents ?? false
        if let text = query["resourceVersionMatch"], !text.isEmpty {
            guard let match = ResourceVersionMatch(rawValue: text) else {
                throw .optionInvalid(
                    kind, "resourceVersionMatch", "FieldValueNotSupported",
                    "Unsupported value: \"\(text)\": supported values: \"Exact\", \"NotOlderThan\"")
            }
            resourceVersionMatch = match
        }
        if initialEvents != nil {
            guard isWatch else {
                throw .optionForbidden(kind, "sendInitialEvents", "sendInitialEvents is forbidden for list")
            }
            guard resourceVersionMatch == .notOlderThan else {
                throw .optionForbidden(
                    kind, "resourceVersionMatch", "sendInitialEvents requires resourceVersionMatch to be NotOlderThan")
            }
        } else if resourceVersionMatch != nil {
            try checkMatch(kind)
        }
    }

    private func checkMatch(_ kind: String) throws(KubeStatus) {
        let field = "resourceVersionMatch"
        if isWatch {
            throw .optionForbidden(kind, field, "a watch may only state it together with sendInitialEvents")
        }
        if resourceVersion == nil {
            throw .optionForbidden(kind, field, "resourceVersionMatch is forbidden unless resourceVersion is provided")
        }
        if resourceVersionMatch == .exact, resourceVersion == 0 {
            throw .optionForbidden(kind, field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
        }
        if !continueToken.isEmpty {
            throw .optionForbidden(kind, field, "resourceVersionMatch is forbidden when continue is provided")
        }
    }

    /// Kubernetes reads every value of a boolean parameter but `0` and `false` as true; absence is false.
    static func isTrue(_ text: String?) -> Bool {
        guard let text else { return false }
        return text != "0" && text.lowercased() != "false"
    }
}
