// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// Somebody who wants accounts on PostgreSQL and nothing else, somebody who wants to call AWS and nothing else, and somebody who wants
// a Lambda function of their own.
let package = Package(
    name: "consumer",
    dependencies: [
        .package(name: "sso-sync", path: "../.."),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    ],
    targets: [
        .executableTarget(
            name: "consumer",
            dependencies: [.product(name: "SSOSyncPostgres", package: "sso-sync")]
        ),
        .executableTarget(
            name: "caller",
            dependencies: [.product(name: "SSOSyncAWS", package: "sso-sync")]
        ),
        .executableTarget(
            name: "function",
            dependencies: [
                .product(name: "SSOSyncAWS", package: "sso-sync"),
                .product(name: "SSOSyncLambdaRuntime", package: "sso-sync"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
    ]
)
