// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// Somebody who wants accounts on PostgreSQL and nothing else, and somebody who wants to call AWS and nothing else.
let package = Package(
    name: "consumer",
    dependencies: [.package(name: "sso-sync", path: "../..")],
    targets: [
        .executableTarget(
            name: "consumer",
            dependencies: [.product(name: "SSOSyncPostgres", package: "sso-sync")]
        ),
        .executableTarget(
            name: "caller",
            dependencies: [.product(name: "SSOSyncAWS", package: "sso-sync")]
        ),
    ]
)
