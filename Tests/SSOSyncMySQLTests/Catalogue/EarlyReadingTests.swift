// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@testable import SSOSyncMySQL

@Suite("What is read before the names are known")
struct EarlyReadingTests {
    private static let start = Timestamp(millisecondsSince1970: 1_800_000_000_000)

    private static func request(
        owner: DeploymentOwner = "prod",
        directory: DirectoryId = "d-1",
        scope: Scope = .people(["ann"]),
        names: Set<AccountName> = [],
        roles: Set<RoleName> = ["readers"],
        holdersOf: Set<RoleName> = [],
        window: Int64 = 0
    ) -> InspectionRequest {
        InspectionRequest(
            owner: owner,
            directory: directory,
            scope: scope,
            names: names,
            roles: roles,
            holdersOf: holdersOf,
            windowStart: start.advanced(bySeconds: window)
        )
    }

    private let beganAt = ContinuousClock.now

    private func serves(_ request: InspectionRequest, after time: Duration = .zero) -> Bool {
        EarlyReading([], for: Self.request(), beganAt: beganAt).serves(request, now: beganAt + time)
    }

    @Test func `serves whoever is to have whatever name, and a window that begins later`() {
        #expect(serves(Self.request(names: ["ann", "bob"])))
        #expect(serves(Self.request(window: 3)))
        #expect(serves(Self.request(), after: .milliseconds(4_999)))
    }

    @Test(arguments: [
        request(owner: "test"), request(directory: "d-2"), request(scope: .people(["bob"])), request(scope: .everyone),
        request(roles: ["writers"]), request(holdersOf: ["readers"]), request(window: -1),
    ])
    func `does not serve anything else`(request: InspectionRequest) {
        #expect(!serves(request))
    }

    @Test func `does not serve for long: others may change accounts, too`() {
        #expect(!serves(Self.request(), after: .seconds(5)))
    }
}
