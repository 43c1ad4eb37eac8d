import ArgumentParser
import KubeClient
import KubeModel

struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show objects, now or as they were.",
        discussion: """
            TYPE is a plural, singular, kind or short name (`deployments`, `deployment`, `deploy`), with `.group` where \
            two groups share it.

            EXAMPLES
              purser get pods
              purser get pods,services -A -o wide
              purser get deployment/web -o yaml
              purser get deployment web --at 1234            as it was at position 1234 of the log
              purser get pods --at 2026-01-31T12:00:00Z      … at a time
              purser get pods --at "2h ago"                  … two hours ago
              purser get pods -l app=web -w
            """)

    @Argument(help: ArgumentHelp("TYPE [NAME …], TYPE,TYPE or TYPE/NAME …", valueName: "what"))
    var what: [String]
    @OptionGroup var cluster: ClusterOptions
    @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
    var allNamespaces = false
    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: "Only objects with these labels (a=b,c!=d,e in (f,g)).")
    var labelSelector: String?
    @Option(help: "Only objects with these fields (status.phase=Running).")
    var fieldSelector: String?
    @Option(name: .shortAndLong, help: "table, wide, json, yaml or name.")
    var output: OutputFormat = .table
    @Flag(name: [.customShort("w"), .long], help: "Keep showing changes until interrupted.")
    var watch = false
    @Option(help: "As of a position in the log, a time (RFC 3339), or an age such as 2h.")
    var at: String?
    @Option(help: "At most so many objects of each type.")
    var limit: Int?
    @Flag(help: "Show the labels in the last column.")
    var showLabels = false
    @Flag(help: "Leave the header out.")
    var noHeaders = false
    @Flag(help: "Succeed when the object does not exist.")
    var ignoreNotFound = false

    static let tableType = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
        if watch, at != nil { throw ValidationError("--watch shows what comes and --at what was: choose one") }
        if watch, ![.table, .wide, .name].contains(output) {
            throw ValidationError("--watch prints tables or names only")
        }
    }

    func run() async throws {
        let session = try cluster.connect()
        let references = try ObjectReferences.parse(what, try await session.mapping(at: at))
        if watch { return try await follow(session, references) }
        switch output {
        case .table, .wide: try await showTables(session, references)
        case .json, .yaml, .name: try await showObjects(session, references)
        }
    }

    private var query: [(String, String)] {
        var query: [(String, String)] = []
        if let labelSelector { query.append(("labelSelector", labelSelector)) }
        if let fieldSelector { query.append(("fieldSelector", fieldSelector)) }
        if let at { query.append(("at", at)) }
        if let limit { query.append(("limit", "\(limit)")) }
        return query
    }

    private func namespace(_ session: Session) -> String? { allNamespaces ? nil : session.namespace }

    /// The answer for one reference; nil for what does not exist where that is no error.
    private func fetch(_ session: Session, _ reference: ObjectReference, accept: String) async throws -> JSON? {
        do {
            return try await session.client.json(
                "GET", reference.resource.path(namespace: namespace(session), name: reference.name), query: query,
                accept: accept)
        } catch let status as KubeStatus where ignoreNotFound && status.code == 404 {
            return nil
        }
    }

    private func showTables(_ session: Session, _ references: [ObjectReference]) async throws {
        var shown = 0
        for (resource, group) in Self.grouped(references) {
            var merged: JSON?
            for reference in group {
                guard let table = try await fetch(session, reference, accept: Self.tableType) else { continue }
                guard let before = merged else {
                    merged = table
                    continue
                }
                merged?["rows"] = .array(before.array("rows") + table.array("rows"))
            }
            guard let table = merged, !table.array("rows").isEmpty else { continue }
            if shown > 0 { Console.line("") }
            shown += 1
            Console.write(text(table, resource, wide: output == .wide, header: !noHeaders))
        }
        if shown == 0, !references.contains(where: { $0.name != nil }) {
            let place =
                allNamespaces || !references.contains { $0.resource.isNamespaced }
                ? "" : " in namespace \(session.namespace)"
            Console.note("No resources found\(place).")
        }
    }

    private func text(_ table: JSON, _ resource: APIResource, wide: Bool, header: Bool) -> String {
        Output.table(
            table, wide: wide, showsNamespace: allNamespaces && resource.isNamespaced, showsLabels: showLabels,
            showsHeader: header)
    }

    private func showObjects(_ session: Session, _ references: [ObjectReference]) async throws {
        var objects: [(resource: APIResource, object: JSON)] = []
        var position = ""
        for reference in references {
            guard let answer = try await fetch(session, reference, accept: "application/json") else { continue }
            if reference.name != nil {
                objects.append((reference.resource, answer))
            } else {
                if references.count == 1 { position = answer.string("metadata", "resourceVersion") ?? "" }
                objects += answer.array("items").map { item in
                    var item = item
                    if item["kind"] == nil { item["kind"] = .string(reference.resource.kind) }
                    if item["apiVersion"] == nil { item["apiVersion"] = .string(reference.resource.apiVersion) }
                    return (reference.resource, item)
                }
            }
        }
        if output == .name {
            for entry in objects { Console.line(entry.resource.label(KubeObject(entry.object).name)) }
        } else if !objects.isEmpty || references.contains(where: { $0.name == nil }) {
            let isList = references.count > 1 || references.contains { $0.name == nil }
            Console.write(Output.objects(objects.map(\.object), output, isList: isList, resourceVersion: position))
        }
    }

    /// References of one resource together, in the order in which resources first come.
    private static func grouped(_ references: [ObjectReference]) -> [(APIResource, [ObjectReference])] {
        var groups: [(APIResource, [ObjectReference])] = []
        for reference in references {
            if let index = groups.firstIndex(where: { $0.0 == reference.resource }) {
                groups[index].1.append(reference)
            } else {
                groups.append((reference.resource, [reference]))
            }
        }
        return groups
    }

    /// Shows the collection, then a line a change.
    private func follow(_ session: Session, _ references: [ObjectReference]) async throws {
        guard references.count == 1, let reference = references.first else {
            throw ValidationError("--watch follows one type, or one object")
        }
        var selector = fieldSelector
        if let name = reference.name { selector = "metadata.name=\(name)" }
        var query: [(String, String)] = []
        if let labelSelector { query.append(("labelSelector", labelSelector)) }
        if let selector { query.append(("fieldSelector", selector)) }
        let list = try await session.client.json(
            "GET", reference.resource.path(namespace: namespace(session)), query: query, accept: Self.tableType)
        show(list, reference.resource, header: !noHeaders)
        let definitions = list["columnDefinitions"] ?? []
        let stream = try await session.client.watch(
            reference.resource, namespace: namespace(session), labelSelector: labelSelector, fieldSelector: selector,
            resourceVersion: list.string("metadata", "resourceVersion"), accept: Self.tableType)
        for try await event in stream where event.kind != .bookmark {
            var table = event.object.json
            table["columnDefinitions"] = definitions
            show(table, reference.resource, header: false)
        }
    }

    private func show(_ table: JSON, _ resource: APIResource, header: Bool) {
        if output == .name {
            for row in table.array("rows") {
                Console.line(resource.label(row.string("object", "metadata", "name") ?? ""))
            }
        } else {
            Console.write(text(table, resource, wide: output == .wide, header: header))
        }
    }
}
