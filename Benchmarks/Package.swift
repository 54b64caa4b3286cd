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
]

// Plain programs and ratios within one run: no benchmark framework, so nothing is built for those who only use the
// libraries.
let package = Package(
    name: "sso-sync-benchmarks",
    dependencies: [.package(name: "sso-sync", path: "../")],
    targets: [
        .executableTarget(
            name: "sso-sync-benchmarks",
            dependencies: [
                .product(name: "SSOSyncAWS", package: "sso-sync"),
                .product(name: "SSOSyncCore", package: "sso-sync"),
                .product(name: "SSOSyncMySQL", package: "sso-sync"),
                .product(name: "SSOSyncPostgres", package: "sso-sync"),
            ],
            swiftSettings: settings
        )
    ],
    swiftLanguageModes: [.v6]
)
