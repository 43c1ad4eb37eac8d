// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in CI (`PURSER_STRICT=1`), so that a newer toolchain does not break a user's build.
let strict: [SwiftSetting] =
    Context.environment["PURSER_STRICT"] == "1" ? [.treatAllWarnings(as: .error)] : []

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let atomics = product(name: "Atomics", package: "swift-atomics")
    static let bigInt = product(name: "BigInt", package: "BigInt")
    static let collections = product(name: "HashTreeCollections", package: "swift-collections")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let grpcCore = product(name: "GRPCCore", package: "grpc-swift-2")
    static let grpcProtobuf = product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
    static let grpcTransport = product(name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport")
    static let logging = product(name: "Logging", package: "swift-log")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioFoundation = product(name: "NIOFoundationCompat", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTP2 = product(name: "NIOHTTP2", package: "swift-nio-http2")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioConcurrency = product(name: "NIOConcurrencyHelpers", package: "swift-nio")
    static let nioTLS = product(name: "NIOTLS", package: "swift-nio")
    static let nioHPACK = product(name: "NIOHPACK", package: "swift-nio-http2")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioWebSocket = product(name: "NIOWebSocket", package: "swift-nio")
    static let protobuf = product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let x509 = product(name: "X509", package: "swift-certificates")
    static let yams = product(name: "Yams", package: "Yams")
}

/// One Swift module under `Sources/`, in the order of the layers of `docs/architecture.md`.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// `exclude` names folders that the tests read where they lie.
func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "purser",
    products: [.executable(name: "purser", targets: ["purser"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // Rank 0: system libraries and C shims.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "CLinux"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),

        // Rank 1, pure.
        module("KubeModel", ["CSimdJSON"]),
        module("Merkle", [.crypto]),
        // For tests and measurements only: seeded random numbers, and the ledger of what clients were told.
        module("PropertyTesting"),
        // Rank 2, pure.
        module("KubeMachinery", ["KubeModel", .crypto]),
        module("KubeYAML", ["KubeModel", .yams]),
        // Rank 3, pure.
        module("Scheduling", ["KubeModel"]),
        module("PodLifecycle", ["KubeModel"]),
        module("NetworkPlan", ["KubeModel"]),
        module("Rating", ["KubeModel", .bigInt]),
        // Rank 4, pure.
        module("Domain", ["KubeModel", "KubeMachinery", "Scheduling", .crypto, .collections]),
        // Rank 5: Reconciliation is pure, the others are adapters.
        module("Reconciliation", ["KubeModel", "KubeMachinery", "Scheduling", "Domain"]),
        module("EventLog", ["KubeModel", "Merkle", "Domain", "Rating"]),
        module("Postgres", ["CLibPQ", "CLinux", .logging]),
        module("Containerd", ["KubeModel", .grpcCore, .grpcProtobuf, .grpcTransport, .protobuf, .logging, .nioCore]),
        module("LinuxNode", ["CLinux", "KubeModel", "NetworkPlan", .subprocess, .logging]),
        module(
            "KubeClient",
            [
                "KubeModel", "KubeYAML", .asyncHTTPClient, .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .nioFoundation,
                .logging,
            ]),
        // Rank 6.
        module("PostgresEventLog", ["EventLog", "Postgres", "Domain", "KubeModel", "Merkle", .logging]),
        module(
            "PostgresProjections",
            ["EventLog", "Postgres", "Domain", "KubeModel", "Rating", .logging, .serviceLifecycle]),
        module("LogBackup", ["CZlib", "EventLog", "Domain", "KubeModel", "Merkle", .crypto]),
        // For tests only: a private PostgreSQL cluster.
        module("PostgresTesting", ["Postgres"]),
        // Rank 7.
        module("CommandHandling", ["KubeModel", "KubeMachinery", "Domain", "Scheduling", .crypto]),
        // Rank 8.
        module(
            "ControlPlane",
            [
                "CommandHandling", "Domain", "EventLog", "KubeMachinery", "KubeModel", "Merkle", "Reconciliation",
                "Scheduling", .logging, .serviceLifecycle, .crypto, .collections,
            ]),
        // Rank 9.
        module(
            "APIServer",
            [
                "ControlPlane", "CommandHandling", "Domain", "EventLog", "KubeMachinery", "KubeModel", "Rating",
                "KubeClient", "KubeYAML", "Merkle", "CLinux",
                .logging, .nioCore, .nioPosix, .nioHTTP1, .nioHTTP2, .nioSSL, .nioWebSocket, .serviceLifecycle, .x509,
                .crypto, .asyncHTTPClient, .nioHPACK, .nioTLS, .nioConcurrency,
            ]),
        module(
            "NodeAgent",
            [
                "Containerd", "KubeClient", "KubeModel", "KubeYAML", "LinuxNode", "NetworkPlan", "PodLifecycle",
                .logging, .serviceLifecycle, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .nioWebSocket, .asyncHTTPClient,
                .x509,
            ]),
        module(
            "PurserCommands",
            [
                "APIServer", "ControlPlane", "EventLog", "KubeClient", "KubeModel", "KubeMachinery", "KubeYAML",
                "Merkle", "NetworkPlan", "NodeAgent", "Postgres", "PostgresEventLog", "PostgresProjections",
                "LogBackup", "Rating",
                "Domain",
                "CommandHandling", "CLinux", "Containerd",
                .argumentParser, .crypto, .logging, .serviceLifecycle, .subprocess, .x509,
            ]),
        // Rank 10. The hook is a program of its own, in C, because every container's start waits for it.
        .executableTarget(name: "purser-hook"),
        .executableTarget(
            name: "purser", dependencies: ["PurserCommands", .argumentParser], swiftSettings: strict),
        // Measurements for tools/bench; no product.
        .executableTarget(
            name: "purser-bench",
            dependencies: [
                "Containerd", "ControlPlane", "Domain", "EventLog", "KubeClient", "KubeModel", "Postgres",
                "PostgresEventLog", "PropertyTesting", .argumentParser,
            ], path: "Benchmarks/PurserBench", swiftSettings: strict),

        tests("KubeModelTests", ["KubeModel"]),
        tests("MerkleTests", ["Merkle", "PropertyTesting", .crypto]),
        tests("KubeMachineryTests", ["KubeMachinery", "KubeModel", "PropertyTesting"]),
        tests("KubeYAMLTests", ["KubeYAML", "KubeModel"]),
        tests("SchedulingTests", ["Scheduling", "KubeModel"]),
        tests("PodLifecycleTests", ["PodLifecycle", "KubeModel", "PropertyTesting"]),
        tests("NetworkPlanTests", ["NetworkPlan", "KubeModel"]),
        tests("RatingTests", ["Rating", "KubeModel", "PropertyTesting"]),
        tests("DomainTests", ["Domain", "KubeModel", "KubeMachinery", "PropertyTesting"], exclude: ["Fixtures"]),
        tests(
            "ReconciliationTests",
            ["Reconciliation", "Domain", "KubeModel", "KubeMachinery", "PropertyTesting", "Scheduling"]),
        tests(
            "EventLogTests",
            ["EventLog", "PostgresEventLog", "Postgres", "PostgresTesting", "Domain", "KubeModel", "Merkle", .crypto]),
        tests("PostgresTests", ["Postgres", "PostgresTesting"]),
        tests(
            "LogBackupTests",
            [
                "LogBackup", "PostgresEventLog", "EventLog", "Postgres", "PostgresTesting", "Domain", "KubeModel",
                "Merkle",
            ]
        ),
        tests(
            "PostgresProjectionsTests",
            [
                "PostgresProjections", "PostgresEventLog", "EventLog", "Postgres", "PostgresTesting", "Domain",
                "KubeModel", "PropertyTesting", "Rating", .logging,
            ]),
        tests("ContainerdTests", ["Containerd", "KubeModel"]),
        tests("LinuxNodeTests", ["LinuxNode", "CLinux", "KubeModel"]),
        tests("KubeClientTests", ["KubeClient", "KubeModel"]),
        tests("CommandHandlingTests", ["CommandHandling", "Domain", "KubeModel", "KubeMachinery"]),
        tests(
            "ControlPlaneTests",
            [
                "ControlPlane", "CommandHandling", "Domain", "EventLog", "KubeModel", "KubeMachinery",
                "PropertyTesting", "Reconciliation",
                .logging, .serviceLifecycle,
            ]),
        tests(
            "APIServerTests",
            [
                "APIServer", "ControlPlane", "CommandHandling", "Domain", "EventLog", "Merkle", "KubeClient",
                "KubeMachinery", "KubeModel", "Reconciliation",
                .asyncHTTPClient, .crypto, .logging, .nioCore, .nioConcurrency, .nioHPACK, .nioHTTP2, .nioPosix,
                .nioSSL,
                .serviceLifecycle, .x509,
            ]),
        tests(
            "NodeAgentTests",
            [
                "NodeAgent", "KubeClient", "KubeModel", "PodLifecycle", "Containerd", "LinuxNode", .logging, .nioCore,
                .nioPosix,
            ]),
        tests(
            "PurserCommandsTests",
            [
                "PurserCommands", "APIServer", "ControlPlane", "KubeClient", "KubeMachinery", "KubeModel", "KubeYAML",
                "Domain", "EventLog",
                "LogBackup", "Merkle", "Postgres", "PostgresEventLog", "PostgresTesting", "Rating", .argumentParser,
                .logging, .x509,
            ]),
        tests("ArchitectureTests", []),
        tests(
            "EndToEndTests", ["KubeClient", "KubeModel", "PostgresTesting", "PropertyTesting", .subprocess],
            resources: [.copy("Manifests")]),
    ]
)
