// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("What MySQL keeps with an account that is adopted", .enabled(if: World.engines.contains(.mysql)))
struct MySQLAdoptionTests {
    private static let request = MarkingRequest.adopt([.init(user: "ann")])

    @Test func `what others have noted in the attribute stays, when an account is adopted and when it is let go`()
        async throws
    {
        try await World.with(.mysql) { world in
            let sample = try await SampleAccounts(world)
            world.set("ann", in: ["readers"])
            try await sample.make("ann", role: "readers")
            _ = try await sample.mysql(
                #"ALTER USER 'ann' ATTRIBUTE '{"team": "payroll", "sso-sync-account": {"granted": "7f26104f"}}'"#
            )
            let keys = "SELECT JSON_KEYS(User_attributes->'$.metadata') FROM mysql.user WHERE User = 'ann'"
            #expect(try await world.apply(Self.request).failedOutcomes.isEmpty)
            #expect(try await sample.mysql(keys) == [#"["team", "sso-sync", "sso-sync-account"]"#])
            // Who has written that we had granted something did not make it so.
            let granted = """
                SELECT User_attributes->>'$.metadata."sso-sync-account".granted' = '' FROM mysql.user WHERE User = 'ann'
                """
            #expect(try await sample.mysql(granted) == ["1"])
            try await world.apply()
            #expect(try await world.apply(.release(["ann"])).failedOutcomes.isEmpty)
            #expect(try await sample.mysql(keys) == [#"["team"]"#])
            let team = "SELECT User_attributes->>'$.metadata.team' FROM mysql.user WHERE User = 'ann'"
            #expect(try await sample.mysql(team) == ["payroll"])
        }
    }

    @Test func `an account of the same name at another host is a conflict`() async throws {
        try await World.with(.mysql) { world in
            let sample = try await SampleAccounts(world)
            world.set("ann", in: ["readers"])
            try await sample.make("ann", role: "readers")
            _ = try await sample.mysql("CREATE USER 'ann'@'10.0.0.%' IDENTIFIED BY 'x'")
            let plan = try await world.plan(Self.request)
            #expect(plan.operations.isEmpty)
            #expect(plan.content.conflicts.map(\.kind) == [.nameShadowed])
        }
    }
}
