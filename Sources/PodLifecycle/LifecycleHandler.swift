import KubeModel

/// What a probe or a lifecycle hook does, with named ports resolved to numbers.
public enum LifecycleHandler: Sendable, Hashable {
    case exec([String])
    /// `host` nil means the pod's address.
    case httpGet(host: String?, port: Int, path: String, isTLS: Bool, headers: [HTTPHeader])
    case tcpSocket(host: String?, port: Int)
    case grpc(port: Int, service: String)
    case sleep(seconds: Int64)

    public struct HTTPHeader: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    /// Nil where the handler has no known action. A named port that the container does not declare becomes 0.
    public init?(_ json: JSON, container: JSON) {
        if let exec = json["exec"] {
            self = .exec(exec.array("command").compactMap(\.stringValue))
        } else if let get = json["httpGet"] {
            let headers = get.array("httpHeaders").map {
                HTTPHeader(name: $0.string("name") ?? "", value: $0.string("value") ?? "")
            }
            self = .httpGet(
                host: get.string("host").flatMap { $0.isEmpty ? nil : $0 }, port: Self.port(get["port"], container),
                path: get.string("path") ?? "/", isTLS: get.string("scheme") == "HTTPS", headers: headers)
        } else if let tcp = json["tcpSocket"] {
            self = .tcpSocket(
                host: tcp.string("host").flatMap { $0.isEmpty ? nil : $0 }, port: Self.port(tcp["port"], container))
        } else if let grpc = json["grpc"] {
            self = .grpc(port: Self.port(grpc["port"], container), service: grpc.string("service") ?? "")
        } else if let sleep = json["sleep"] {
            self = .sleep(seconds: max(0, sleep.int("seconds") ?? 0))
        } else {
            return nil
        }
    }

    private static func port(_ value: JSON?, _ container: JSON) -> Int {
        if let number = value?.intValue { return Int(clamping: number) }
        guard let name = value?.stringValue else { return 0 }
        if let number = Int(name) { return number }
        let port = container.array("ports").first { $0.string("name") == name }
        return Int(clamping: port?.int("containerPort") ?? 0)
    }
}

/// The three probes of a container.
public enum ProbeKind: String, Sendable, Hashable, CaseIterable {
    case startup = "Startup"
    case liveness = "Liveness"
    case readiness = "Readiness"

    /// The member of the container's spec.
    var field: String {
        switch self {
        case .startup: "startupProbe"
        case .liveness: "livenessProbe"
        case .readiness: "readinessProbe"
        }
    }
}

/// A `v1.Probe` with Kubernetes' defaults; all durations in seconds.
public struct ProbeDefinition: Sendable, Hashable {
    public let handler: LifecycleHandler
    public let initialDelay: Double
    public let period: Double
    public let timeout: Double
    public let successThreshold: Int
    public let failureThreshold: Int
    /// Overrides the pod's grace when this probe kills the container.
    public let graceSeconds: Int64?

    /// Nil where the probe has no known action.
    init?(_ json: JSON, container: JSON) {
        guard let handler = LifecycleHandler(json, container: container) else { return nil }
        func number(_ field: String, _ standard: Int64, atLeast minimum: Int64 = 1) -> Int64 {
            max(minimum, json.int(field) ?? standard)
        }
        self.handler = handler
        initialDelay = Double(number("initialDelaySeconds", 0, atLeast: 0))
        period = Double(number("periodSeconds", 10))
        timeout = Double(number("timeoutSeconds", 1))
        successThreshold = Int(clamping: number("successThreshold", 1))
        failureThreshold = Int(clamping: number("failureThreshold", 3))
        graceSeconds = json.int("terminationGracePeriodSeconds")
    }
}
