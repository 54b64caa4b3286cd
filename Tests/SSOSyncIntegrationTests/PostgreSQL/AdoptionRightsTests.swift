// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("What PostgreSQL asks for before an account is adopted")
struct AdoptionRightsTests {
    private static let request = MarkingRequest.adopt([.init(user: "ann")])

    @Test(arguments: World.postgresVersions.filter { $0 >= 16 })
    func `since PostgreSQL 16 whoever made an account has to give it to an owner role, by the statement that is said`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let sample = try await SampleAccounts(world)
            world.set("ann", in: ["readers"])
            try await sample.make("ann", role: "readers")
            let plan = try await world.plan(Self.request)
            #expect(
                plan.content.conflicts.map(\.message) == [
                    """
                    ann is not adopted: none of the provisioner's owner roles made it: run GRANT "ann" TO \
                    "sso_sync_owner_test_01" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE; as sample_provisioner, or as a \
                    superuser
                    """
                ]
            )
            #expect(try await sample.runStatements(of: plan) == 1)
            #expect(try await world.apply(Self.request).outcomes.count == 1)
            #expect(try await world.plan().isInSync)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a comment that somebody has made is not lost: the account is left alone, and it is said what to run`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let sample = try await SampleAccounts(world)
            for name in ["ann", "bob"] {
                world.set(UserId(name), in: ["readers"])
                try await sample.make(AccountName(name), role: "readers")
            }
            let both = MarkingRequest.adopt([.init(user: "ann"), .init(user: "bob")])
            _ = try await sample.runStatements(of: try await world.plan(both))
            _ = try await world.postgres.superuser("COMMENT ON ROLE ann IS 'payroll, ask Joe'")
            let report = try await world.apply(both)
            #expect(report.outcomes.filter(\.isDone).map(\.operation.account) == ["bob"])
            guard case .failed(let error)? = report.failedOutcomes.first?.result else {
                Issue.record("ann was adopted")
                return
            }
            #expect(error.code == .planMoved)
            #expect(error.message.hasSuffix("run COMMENT ON ROLE \"ann\" IS NULL;"), "\(error)")
            let comment = "SELECT shobj_description('ann'::regrole, 'pg_authid')"
            #expect(try await world.postgres.superuser(comment) == ["payroll, ask Joe"])
            _ = try await world.postgres.superuser("COMMENT ON ROLE ann IS NULL")
            #expect(try await world.apply(both).failedOutcomes.isEmpty)
        }
    }
}
