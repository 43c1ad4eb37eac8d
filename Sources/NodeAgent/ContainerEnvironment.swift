import Containerd
import KubeClient
import KubeModel
import PodLifecycle

/// The environment of a container and the texts that refer to it.
struct ContainerEnvironment {
    private(set) var variables: [EnvironmentVariable] = []
    private var index: [String: Int] = [:]

    mutating func set(_ name: String, _ value: String) {
        if let at = index[name] {
            variables[at].value = value
        } else {
            index[name] = variables.count
            variables.append(EnvironmentVariable(name: name, value: value))
        }
    }

    func value(_ name: String) -> String? { index[name].map { variables[$0].value } }

    /// Replaces `$(NAME)` by the variable's value; `$$` is a dollar sign, an unknown name stays as it is.
    func expand(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.first == "(", let close = rest.firstIndex(of: ")") {
                let name = String(rest[rest.index(after: rest.startIndex)..<close])
                result += value(name) ?? "$(\(name))"
                rest = rest[rest.index(after: close)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }
}

extension ContainerEnvironment {
    /// `envFrom` and `env` over the services' variables, as "Define Environment Variables for a Container" says.
    static func resolve(
        _ container: ContainerDefinition, _ fields: PodFields, services: [KubeObject], sources: ConfigSources
    ) async throws -> ContainerEnvironment {
        var environment = ContainerEnvironment()
        for (name, value) in ServiceEnvironment.variables(fields.pod, services) { environment.set(name, value) }
        for source in container.spec.array("envFrom") { try await environment.add(from: source, sources) }
        for variable in container.spec.array("env") {
            guard let name = variable.string("name") else { continue }
            if let from = variable["valueFrom"] {
                if let value = try await Self.value(from, container, fields, sources) { environment.set(name, value) }
            } else {
                environment.set(name, environment.expand(variable.string("value") ?? ""))
            }
        }
        return environment
    }

    private mutating func add(from source: JSON, _ sources: ConfigSources) async throws {
        let prefix = source.string("prefix") ?? ""
        for (member, resource) in [("configMapRef", APIResource.configMaps), ("secretRef", .secrets)] {
            guard let reference = source[member], let name = reference.string("name") else { continue }
            guard let values = try await sources.values(resource, name) else {
                if reference.bool("optional") == true { continue }
                throw ContainerConfigFailure(message: "\(resource.singularName) \"\(name)\" not found")
            }
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                set(prefix + key, String(decoding: value, as: UTF8.self))
            }
        }
    }

    private static func value(
        _ from: JSON, _ container: ContainerDefinition, _ fields: PodFields, _ sources: ConfigSources
    ) async throws -> String? {
        if let path = from.string("fieldRef", "fieldPath") {
            guard let value = fields.value(path) else {
                throw ContainerConfigFailure(message: "unsupported fieldPath: \(path)")
            }
            return value
        }
        if let reference = from["resourceFieldRef"] {
            return try fields.resource(reference, container: container)
        }
        for (member, resource) in [("configMapKeyRef", APIResource.configMaps), ("secretKeyRef", .secrets)] {
            guard let reference = from[member], let name = reference.string("name"), let key = reference.string("key")
            else {
                continue
            }
            let isOptional = reference.bool("optional") == true
            guard let values = try await sources.values(resource, name) else {
                if isOptional { return nil }
                throw ContainerConfigFailure(message: "\(resource.singularName) \"\(name)\" not found")
            }
            guard let value = values[key] else {
                if isOptional { return nil }
                throw ContainerConfigFailure(
                    message: "couldn't find key \(key) in \(resource.kind) \(fields.pod.namespace)/\(name)")
            }
            return String(decoding: value, as: UTF8.self)
        }
        throw ContainerConfigFailure(
            message:
                "this valueFrom is not supported; use fieldRef, resourceFieldRef, configMapKeyRef or secretKeyRef"
        )
    }
}

/// The variables that tell a container of the services in its namespace.
enum ServiceEnvironment {
    static func variables(_ pod: KubeObject, _ services: [KubeObject]) -> [(String, String)] {
        let links = pod.spec.bool("enableServiceLinks") ?? true
        return services.filter { service in
            guard let address = service.spec.string("clusterIP"), !address.isEmpty, address != "None" else {
                return false
            }
            // The API server's own service is told to every pod.
            if service.namespace == "default", service.name == "kubernetes" { return true }
            return links && service.namespace == pod.namespace
        }.sorted { $0.name < $1.name }.flatMap(variables)
    }

    private static func variables(_ service: KubeObject) -> [(String, String)] {
        let prefix = String(service.name.uppercased().map { $0 == "-" || $0 == "." ? "_" : $0 })
        let address = service.spec.string("clusterIP") ?? ""
        let ports = service.spec.array("ports")
        guard let first = ports.first, let firstPort = first.int("port") else { return [] }
        var list = [("\(prefix)_SERVICE_HOST", address), ("\(prefix)_SERVICE_PORT", "\(firstPort)")]
        for port in ports {
            guard let name = port.string("name"), let number = port.int("port") else { continue }
            let suffix = String(name.uppercased().map { $0 == "-" ? "_" : $0 })
            list.append(("\(prefix)_SERVICE_PORT_\(suffix)", "\(number)"))
        }
        let scheme = (first.string("protocol") ?? "TCP").lowercased()
        list.append(("\(prefix)_PORT", "\(scheme)://\(address):\(firstPort)"))
        for port in ports {
            guard let number = port.int("port") else { continue }
            let upper = port.string("protocol") ?? "TCP"
            let base = "\(prefix)_PORT_\(number)_\(upper)"
            list += [
                (base, "\(upper.lowercased())://\(address):\(number)"), ("\(base)_PROTO", upper.lowercased()),
                ("\(base)_PORT", "\(number)"), ("\(base)_ADDR", address),
            ]
        }
        return list
    }
}
