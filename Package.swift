// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours compiles under strict settings; a warning is an error.
let strictWithFoundation: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error)]
let strict: [SwiftSetting] = strictWithFoundation + [.enableUpcomingFeature("MemberImportVisibility")]

/// What stands on jwt-kit, which brings Foundation: with it the system's C structures belong to the C module that the compiler
/// happens to read first, and MemberImportVisibility then refuses `timespec.tv_sec` in one build and not in another.
let standOnFoundation: Set = ["SignIn", "GatewayServer", "calyx"]
func settings(_ target: String) -> [SwiftSetting] { standOnFoundation.contains(target) ? strictWithFoundation : strict }

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")

func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

func target(_ name: String, in folder: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(folder)/\(name)", swiftSettings: settings(name))
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, path: "Tests/\(name)Tests",
        resources: resources, swiftSettings: settings(name))
}

let package = Package(
    name: "calyx",
    products: [.executable(name: "calyx", targets: ["calyx"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Below these versions NIO and NIOHTTP2 have known request-smuggling and flooding advisories (docs/architecture.md).
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // System: C libraries of the operating system, and C++ or C of ours around them.
        .systemLibrary(name: "CHiredis", path: "Sources/System/CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CCurl", path: "Sources/System/CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypt", path: "Sources/System/CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CMalloc", path: "Sources/System/CMalloc"),
        .systemLibrary(name: "CZlib", path: "Sources/System/CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLibPQ", path: "Sources/System/CLibPQ", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "CEventJSON", path: "Sources/System/CEventJSON",
            linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("z"), .linkedLibrary("bz2")]),
        .target(name: "CTextScan", path: "Sources/System/CTextScan"),
        .target(name: "CWebAssets", path: "Sources/System/CWebAssets", exclude: ["assets"]),

        // Kit: what both halves stand on.
        target("Identity", in: "Kit", [crypto]),
        target("Options", in: "Kit", [logging, .product(name: "Yams", package: "Yams")]),
        target("OutboundHTTP", in: "Kit", ["CCurl", "ThreadPool", logging]),
        target("PageKit", in: "Kit", ["CWebAssets", "CZlib", crypto]),
        target("MetricsText", in: "Kit"),
        target("PostgresClient", in: "Kit", ["CLibPQ", "ThreadPool"]),
        target(
            "RedisClient", in: "Kit",
            [
                "CHiredis", logging, nio("NIOCore"), nio("NIOPosix"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        target("ThreadPool", in: "Kit"),

        // Core: follows the broker, keeps the state, answers the gateway.
        target("CeleryProtocol", in: "Core", ["CEventJSON"]),
        target(
            "CeleryBroker", in: "Core",
            [
                "CZlib", "CeleryProtocol", "Identity", "PostgresClient", "RedisClient", logging, serviceLifecycle,
                nio("NIOCore"), nio("NIOPosix"),
            ]),
        target("ClusterState", in: "Core", ["CEventJSON", "CMalloc", "CTextScan", "CeleryProtocol", "Identity"]),
        target(
            "FlowerAPI", in: "Core",
            ["CeleryProtocol", "CeleryBroker", "ClusterState", "History", "Identity", "MetricsText"]),
        target(
            "History", in: "Core",
            ["CeleryProtocol", "ClusterState", "PostgresClient", "ThreadPool", grdb, sqlite, logging, serviceLifecycle]),
        target(
            "WebPages", in: "Core",
            ["CeleryProtocol", "CeleryBroker", "ClusterState", "History", "Identity", "PageKit"]),
        target(
            "CoreServer", in: "Core",
            [
                "CeleryProtocol", "CeleryBroker", "ClusterState", "FlowerAPI", "History", "WebPages", "Identity",
                "PageKit",
                hummingbird, hummingbirdCore, hummingbirdTLS, httpTypes, nioSSL, logging, serviceLifecycle,
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"),
            ]),

        // Gateway: the only half that a network reaches.
        target("PrivateDatabase", in: "Gateway", [grdb, logging]),
        target(
            "SessionStore", in: "Gateway",
            ["Identity", "PrivateDatabase", "RedisClient", crypto, grdb, logging, nio("NIOCore")]),
        target(
            "APITokens", in: "Gateway",
            ["Identity", "PrivateDatabase", "RedisClient", crypto, grdb, logging, nio("NIOCore")]),
        target("AuditTrail", in: "Gateway", ["Identity", "PrivateDatabase", crypto, grdb, logging]),
        target(
            "SignIn", in: "Gateway",
            ["Identity", "OutboundHTTP", "ThreadPool", "CCrypt", crypto, logging, jwtKit]),
        target(
            "GatewayServer", in: "Gateway",
            [
                "Identity", "PageKit", "MetricsText", "SignIn", "SessionStore", "APITokens", "AuditTrail", crypto,
                logging,
                serviceLifecycle,
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOConcurrencyHelpers"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            ]),

        .executableTarget(
            name: "calyx",
            dependencies: [
                "CMalloc", "Options", "CoreServer", "CeleryBroker", "ClusterState", "FlowerAPI", "GatewayServer",
                "History",
                "Identity",
                "OutboundHTTP", "RedisClient", "SessionStore", "APITokens", "AuditTrail", "SignIn", "WebPages", logging,
                serviceLifecycle, nio("NIOCore"), nio("NIOPosix"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings("calyx")),

        tests(
            "GatewayServer",
            [
                "Identity", "PageKit", "SessionStore", "APITokens", "AuditTrail", "SignIn", crypto, logging,
                serviceLifecycle,
                nio("NIOCore"),
                nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOConcurrencyHelpers"), nio("NIOEmbedded"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            ]),
        tests(
            "CeleryBroker",
            ["CeleryProtocol", "RedisClient", "RedisTestServer", logging, nio("NIOCore"), nio("NIOPosix")],
            resources: [.copy("Captures"), .copy("Messages"), .copy("Results")]),
        tests("CeleryProtocol", ["CEventJSON", "CeleryFixtures"]),
        tests("ClusterState", ["CeleryFixtures", "CeleryProtocol"]),
        tests(
            "CoreServer",
            [
                "CeleryBroker", "CeleryProtocol", "ClusterState", "FlowerAPI", "Identity", "PageKit", "WebPages",
                logging,
                serviceLifecycle, nio("NIOCore"), nio("NIOPosix"),
            ]),
        tests(
            "FlowerAPI", ["CeleryBroker", "CeleryProtocol", "ClusterState", "Identity", serviceLifecycle],
            resources: [.copy("Captures")]),
        tests(
            "History",
            ["CeleryFixtures", "CeleryProtocol", "ClusterState", "Identity", "PostgresClient", grdb, logging]),
        tests("Identity"),
        tests("MetricsText"),
        tests("Options"),
        tests("OutboundHTTP", ["RawHTTPServer"]),
        tests("PageKit"),
        tests("PostgresClient"),
        tests("RedisClient", ["CHiredis", "CeleryFixtures", "RedisTestServer", nio("NIOCore"), nio("NIOPosix")]),
        tests(
            "SessionStore",
            ["Identity", "PrivateDatabase", "RedisClient", "RedisTestServer", crypto, grdb, logging, nio("NIOPosix")]),
        tests(
            "APITokens",
            ["Identity", "PrivateDatabase", "RedisClient", "RedisTestServer", grdb, logging, nio("NIOPosix")]),
        tests("AuditTrail", ["Identity", "PrivateDatabase", grdb, logging]),
        tests(
            "SignIn",
            [
                "Identity", "OutboundHTTP", "RawHTTPServer", crypto, logging,
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]),
        tests("ThreadPool"),
        tests("WebPages", ["CeleryProtocol", "CeleryBroker", "ClusterState", "Identity", "PageKit"]),
        tests("calyx", ["Identity", "Options", logging]),
        .target(name: "CeleryFixtures", path: "Tests/Support/CeleryFixtures", swiftSettings: strict),
        .target(name: "RawHTTPServer", path: "Tests/Support/RawHTTPServer", swiftSettings: strict),
        .target(
            name: "RedisTestServer", dependencies: ["RedisClient", nio("NIOCore"), nio("NIOPosix")],
            path: "Tests/Support/RedisTestServer", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
