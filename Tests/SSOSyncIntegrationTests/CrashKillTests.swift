// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite("A server that is killed in the middle of a run")
struct CrashKillTests {
    /// An account that an operation of each phase changes.
    static let accounts: [Operation.Phase: AccountName] = [
        .lock: "leaver1", .withdraw: "revoked", .moveAside: "swap one", .rename: "renamed", .admit: "granted",
        .drop: "dropped1",
    ]

    @Test(arguments: World.postgresVersions)
    func `killed before any phase, the server has nothing half made, and the next run ends as an uncut one`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let goal = try await CrashWorld(world).goal()
            for phase in Operation.Phase.allCases {
                try await killed(world, goal: goal, "killed before \(phase)") { operations, _ in
                    guard operations.first?.phase == phase else { return nil }
                    try await world.postgres.signal("KILL")
                    return nil
                }
            }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `killed inside the transaction of any phase, it has done nothing of it, and the next run does it all`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let goal = try await CrashWorld(world).goal()
            for phase in Operation.Phase.allCases {
                try await killed(world, goal: goal, "killed inside \(phase)") { operations, superuser in
                    guard operations.first?.phase == phase else { return nil }
                    let account = try #require(Self.accounts[phase])
                    return try await Self.killWhenStuck(world.postgres, superuser, account)
                }
            }
        }
    }

    /// Runs, with the server killed by the hook or by the task that it returns, starts the server again and checks.
    private func killed(
        _ world: World,
        goal: [String],
        _ comment: Comment,
        hook: @escaping @Sendable ([SSOSyncCore.Operation], PostgresConnection) async throws -> Task<Void, any Error>?
    ) async throws {
        let crash = try await CrashWorld(world)
        _ = try await crash.prepare()
        crash.change()
        let report = try await crash.run(
            InterceptedProvisioner(world.provisioner()) { event in
                guard case .applying(let operations) = event else { return }
                _ = try await hook(operations, crash.superuser)
            }
        )
        #expect(report.failure != nil, comment)
        try await eventually("the server is gone") { await !world.canLogIn("stays") }
        try await world.postgres.restart()
        try await CrashWorld(world).check(report, goal: goal, sessions: [], comment)
    }

    /// Makes the provisioner wait inside its transaction for somebody else's, and kills the server once it does.
    private static func killWhenStuck(
        _ server: ScratchServer,
        _ superuser: PostgresConnection,
        _ account: AccountName
    ) async throws -> Task<Void, any Error> {
        try await superuser.execute("BEGIN; COMMENT ON ROLE \(identifier: account.rawValue) IS 'in the way'")
        return Task {
            try await eventually("the provisioner waits") {
                let waiting = try await superuser.column(
                    """
                    SELECT count(*)::text FROM pg_stat_activity
                    WHERE usename = 'sso_provisioner' AND wait_event_type = 'Lock'
                    """
                )
                return waiting == ["1"]
            }
            try await server.signal("KILL")
        }
    }
}
