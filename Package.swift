// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let settings: [SwiftSetting] = [
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0470-isolated-conformances.md
    .enableUpcomingFeature("InferIsolatedConformances"),
]

// https://github.com/swiftlang/swift-evolution/blob/main/proposals/0458-strict-memory-safety.md
let cWrapping = settings + [.strictMemorySafety()]

// The C library for MySQL: MariaDB Connector/C, which Debian and Amazon Linux have, or Oracle's own, `mysqlclient`.
let mysqlLibrary = Context.environment["SSOSYNC_MYSQL_LIBRARY"] ?? "libmariadb"

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")

let package = Package(
    name: "sso-sync",
    products: [
        .library(name: "SSOSyncCore", targets: ["SSOSyncCore"]),
        .library(name: "SSOSyncPostgres", targets: ["SSOSyncPostgres"]),
        .library(name: "SSOSyncMySQL", targets: ["SSOSyncMySQL"]),
        .library(name: "SSOSyncAWS", targets: ["SSOSyncAWS"]),
        .library(name: "SSOSyncLambdaRuntime", targets: ["SSOSyncLambdaRuntime"]),
        .library(name: "SSOSyncTesting", targets: ["SSOSyncTesting"]),
        .executable(name: "sso-sync", targets: ["sso-sync"]),
        .executable(name: "sso-sync-lambda", targets: ["SSOSyncLambda"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .yum(["libpq-devel"])]
        ),
        .systemLibrary(
            name: "CLibMySQL",
            pkgConfig: mysqlLibrary,
            providers: [.apt(["libmariadb-dev"]), .yum(["mariadb-connector-c-devel"])]
        ),
        .systemLibrary(
            name: "CLibCrypto",
            pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .yum(["openssl-devel"])]
        ),
        .systemLibrary(
            name: "CLibSSL",
            pkgConfig: "libssl",
            providers: [.apt(["libssl-dev"]), .yum(["openssl-devel"])]
        ),
        .systemLibrary(
            name: "CLibCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .yum(["libcurl-devel"])]
        ),
        .systemLibrary(name: "CEnvironment"),
        .target(name: "CMySQLPlugins", dependencies: ["CLibMySQL"], cSettings: [.headerSearchPath("stub")]),
        .target(name: "SSOSyncDigest", dependencies: ["CLibCrypto"], swiftSettings: cWrapping),
        .target(name: "SSOSyncConcurrency", swiftSettings: settings),
        .target(
            name: "SSOSyncCore",
            dependencies: ["SSOSyncConcurrency", "SSOSyncDigest", logging],
            swiftSettings: settings
        ),
        .target(name: "SSOSyncSQL", dependencies: ["SSOSyncCore"], swiftSettings: settings),
        .target(
            name: "SSOSyncPostgres",
            dependencies: [
                "CEnvironment", "CLibPQ", "CLibSSL", "SSOSyncConcurrency", "SSOSyncCore", "SSOSyncSQL", logging,
            ],
            swiftSettings: cWrapping
        ),
        .target(
            name: "SSOSyncMySQL",
            dependencies: [
                "CEnvironment", "CLibMySQL", "CMySQLPlugins", "SSOSyncConcurrency", "SSOSyncCore", "SSOSyncDigest",
                "SSOSyncSQL", logging,
            ],
            swiftSettings: cWrapping
        ),
        .target(
            name: "SSOSyncAWS",
            dependencies: ["CLibCurl", "SSOSyncConcurrency", "SSOSyncCore", "SSOSyncDigest", logging],
            swiftSettings: cWrapping
        ),
        .target(
            name: "SSOSyncLambdaRuntime",
            dependencies: ["SSOSyncAWS", "SSOSyncConcurrency", "SSOSyncCore", logging, metrics],
            swiftSettings: settings
        ),
        .target(name: "SSOSyncTesting", dependencies: ["SSOSyncCore"], swiftSettings: settings),
        .target(
            name: "SSOSyncConfiguration",
            dependencies: [
                "SSOSyncAWS", "SSOSyncConcurrency", "SSOSyncCore", "SSOSyncDigest", "SSOSyncMySQL", "SSOSyncPostgres",
                logging,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SSOSyncYAML",
            dependencies: ["SSOSyncConfiguration", "SSOSyncCore", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "sso-sync",
            dependencies: [
                "SSOSyncConfiguration", "SSOSyncCore", "SSOSyncFunction", "SSOSyncYAML", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SSOSyncFunction",
            dependencies: [
                "SSOSyncAWS", "SSOSyncConcurrency", "SSOSyncConfiguration", "SSOSyncCore", "SSOSyncDigest",
                "SSOSyncLambdaRuntime", logging,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "SSOSyncLambda",
            dependencies: ["SSOSyncAWS", "SSOSyncFunction", "SSOSyncLambdaRuntime", logging, metrics],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SSOSyncCoreTests",
            dependencies: [
                "SSOSyncConcurrency", "SSOSyncCore", "SSOSyncDigest", "SSOSyncTestSupport", "SSOSyncTesting", logging,
                .product(name: "InMemoryLogging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SSOSyncAWSTests",
            dependencies: [
                "SSOSyncAWS", "SSOSyncCore", "SSOSyncDigest", "SSOSyncTestSupport", logging,
                .product(name: "InMemoryLogging", package: "swift-log"),
            ],
            exclude: ["Events/sample_events.json", "Signing/botocore_signer.py", "Vectors"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "lambda-probe",
            dependencies: ["SSOSyncAWS", "SSOSyncLambdaRuntime", logging],
            path: "Tests/LambdaProbe",
            swiftSettings: settings
        ),
        .testTarget(
            name: "SSOSyncLambdaRuntimeTests",
            dependencies: [
                "SSOSyncAWS", "SSOSyncCore", "SSOSyncLambdaRuntime", "SSOSyncTestSupport", "lambda-probe", logging,
                metrics,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SSOSyncFunctionTests",
            dependencies: [
                "SSOSyncAWS", "SSOSyncConcurrency", "SSOSyncConfiguration", "SSOSyncCore", "SSOSyncDigest",
                "SSOSyncFunction", "SSOSyncLambda", "SSOSyncLambdaRuntime", "SSOSyncTestSupport", "SSOSyncTesting",
                logging,
                .product(name: "InMemoryLogging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SSOSyncPostgresTests",
            dependencies: [
                "SSOSyncConcurrency", "SSOSyncCore", "SSOSyncPostgres", "SSOSyncSQL", "SSOSyncTestSupport",
                "SSOSyncTesting",
            ],
            exclude: ["Support/fake_server.py"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SSOSyncMySQLTests",
            dependencies: ["SSOSyncCore", "SSOSyncMySQL", "SSOSyncSQL", "SSOSyncTestSupport"],
            exclude: ["Support/fake_server.py"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SSOSyncConfigurationTests",
            dependencies: [
                "SSOSyncAWS", "SSOSyncConfiguration", "SSOSyncCore", "SSOSyncTestSupport", "SSOSyncYAML", logging,
                .product(name: "InMemoryLogging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SSOSyncIntegrationTests",
            dependencies: [
                "SSOSyncAWS", "SSOSyncConfiguration", "SSOSyncCore", "SSOSyncFunction", "SSOSyncLambda", "SSOSyncMySQL",
                "SSOSyncPostgres", "SSOSyncSQL", "SSOSyncTestSupport", "SSOSyncTesting", "SSOSyncYAML", logging,
                .product(name: "InMemoryLogging", package: "swift-log"),
            ],
            exclude: ["MySQL/slow_login.py"],
            swiftSettings: settings
        ),
        .target(
            name: "SSOSyncTestSupport",
            dependencies: ["SSOSyncAWS", "SSOSyncCore", "SSOSyncMySQL", "SSOSyncPostgres", "SSOSyncSQL", logging],
            path: "Tests/Support",
            exclude: ["http_server.py", "recording_server.py"],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
