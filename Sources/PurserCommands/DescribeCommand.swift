import ArgumentParser
import KubeClient
import KubeMachinery
import KubeModel
import KubeYAML

struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Tell everything about objects: state, conditions, events.",
        discussion:
            "EXAMPLES\n  purser describe pod/web-1\n  purser describe node n1\n  purser describe deployment/web --at 1h"
    )

    @Argument(help: ArgumentHelp("TYPE NAME … or TYPE/NAME …", valueName: "what"))
    var what: [String]
    @Option(help: "As of a position in the log, a time (RFC 3339), or an age such as 2h.")
    var at: String?
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let session = try cluster.connect()
        let query = at.map { [("at", $0)] } ?? []
        let now = try await session.time(of: at)
        var first = true
        for reference in try ObjectReferences.parse(what, try await session.mapping(at: at)) {
            let objects: [KubeObject]
            if let name = reference.name {
                objects = [
                    try await session.client.get(
                        reference.resource, namespace: session.namespace, name: name, query: query)
                ]
            } else {
                objects = try await session.client.list(
                    reference.resource, namespace: session.namespace, query: query
                ).items
            }
            for object in objects {
                if !first { Console.line("\n") }
                first = false
                Console.write(Description.text(object))
                let events = try await session.client.list(
                    .events, namespace: reference.resource.isNamespaced ? session.namespace : nil,
                    fieldSelector: "involvedObject.uid=\(object.uid)", query: query
                ).items
                Console.write(Description.events(events, now: now))
            }
        }
    }
}

/// An object as a page for people.
enum Description {
    static func text(_ object: KubeObject) -> String {
        var page: [(String, JSON)] = [("Name", .string(object.name))]
        if !object.namespace.isEmpty { page.append(("Namespace", .string(object.namespace))) }
        page.append(("Kind", .string("\(object.kind) (\(object.apiVersion))")))
        page.append(("Labels", object.json[["metadata", "labels"]] ?? "<none>"))
        var annotations = object.json.object("metadata", "annotations")
        annotations[DeclarativeApply.annotation] = Optional<JSON>.none
        page.append(("Annotations", annotations.isEmpty ? "<none>" : .object(annotations)))
        page.append(("Created", object.json[["metadata", "creationTimestamp"]] ?? "<unknown>"))
        if let deletion = object.json[["metadata", "deletionTimestamp"]] {
            page.append(("Being deleted since", deletion))
        }
        if let owner = object.controller { page.append(("Controlled by", .string("\(owner.kind)/\(owner.name)"))) }
        page.append(("Position", .string(object.resourceVersion)))
        for member in object.json.objectValue ?? [:]
        where !["apiVersion", "kind", "metadata", "status"].contains(member.key) {
            page.append((title(member.key), conceal(member, of: object)))
        }
        var status = object.status
        let conditions = status.array("conditions")
        status["conditions"] = nil
        if !(status.objectValue?.isEmpty ?? true) { page.append(("Status", status)) }
        return page.map { "\($0.0):" + body($0.1) }.joined() + Self.conditions(conditions)
    }

    private static func title(_ key: String) -> String { key.prefix(1).uppercased() + key.dropFirst() }

    /// Of a Secret only the sizes are shown.
    private static func conceal(_ member: (key: String, value: JSON), of object: KubeObject) -> JSON {
        guard object.kind == "Secret", member.key == "data", var data = member.value.objectValue else {
            return member.value
        }
        data.mapValues { _, value in .string("\((value.stringValue?.utf8.count ?? 0) / 4 * 3) bytes at most") }
        return .object(data)
    }

    private static func body(_ value: JSON) -> String {
        let text = YAML.text(value)
        switch value {
        case .object(let object) where !object.isEmpty: return "\n" + indent(text)
        case .array(let elements) where !elements.isEmpty: return "\n" + indent(text)
        case .string(let plain): return "  \(plain)\n"
        default: return "  \(text)"
        }
    }

    private static func indent(_ text: String) -> String {
        text.split(separator: "\n").map { "  \($0)\n" }.joined()
    }

    private static func conditions(_ conditions: [JSON]) -> String {
        guard !conditions.isEmpty else { return "" }
        let rows = conditions.map { condition in
            ["type", "status", "reason", "lastTransitionTime", "message"].map { condition.string($0) ?? "" }
        }
        return "Conditions:\n" + indent(Output.table(["TYPE", "STATUS", "REASON", "SINCE", "MESSAGE"], rows))
    }

    static func events(_ events: [KubeObject], now: Timestamp) -> String {
        guard !events.isEmpty else { return "Events:  <none>\n" }
        let rows = events.map { event in
            let time =
                event.json.string("lastTimestamp") ?? event.json.string("eventTime")
                ?? event.json.string("metadata", "creationTimestamp")
            return [
                event.json.string("type") ?? "", event.json.string("reason") ?? "", ShortDuration.age(time, now: now),
                event.json.string("source", "component") ?? event.json.string("reportingComponent") ?? "",
                event.json.string("message") ?? "",
            ]
        }
        return "Events:\n" + indent(Output.table(["TYPE", "REASON", "AGE", "FROM", "MESSAGE"], rows))
    }
}
