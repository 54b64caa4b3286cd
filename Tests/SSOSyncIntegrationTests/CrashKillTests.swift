// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("A server that is killed in the middle of a run")
struct CrashKillTests {
    /// An account that an operation of each phase changes; what marks accounts is asked for by itself (`AdoptionTests`).
    static let accounts: [Operation.Phase: AccountName] = [
        .lock: "leaver1", .withdraw: "revoked", .moveAside: "swap one", .rename: "renamed", .admit: "granted",
        .disconnect: "revoked", .drop: "dropped1",
    ]

    @Test(arguments: World.engines)
    func `killed before any phase, the server has nothing half made, and the next run ends as an uncut one`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let goal = try await CrashWorld(world).goal()
            for phase in Self.accounts.keys.sorted() {
                try await killed(world, goal: goal, "killed before \(phase)") { operations, _ in
                    guard operations.first?.phase == phase else { return nil }
                    try await world.server.signal("KILL")
                    return nil
                }
            }
        }
    }

    @Test(arguments: World.engines)
    func `killed inside the transaction of any phase, it has done nothing of it, and the next run does it all`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let goal = try await CrashWorld(world).goal()
            for phase in Self.accounts.keys.sorted() {
                try await killed(world, goal: goal, "killed inside \(phase)") { operations, dba in
                    guard operations.first?.phase == phase else { return nil }
                    let account = try #require(Self.accounts[phase])
                    return try await Self.killWhenStuck(world.server, dba, account)
                }
            }
        }
    }

    /// Runs, with the server killed by the hook or by the task that it returns, starts the server again and checks.
    private func killed(
        _ world: World,
        goal: [String],
        _ comment: Comment,
        hook:
            @escaping @Sendable ([SSOSyncCore.Operation], any TestAdministrator) async throws -> Task<Void, any Error>?
    ) async throws {
        let crash = try await CrashWorld(world)
        _ = try await crash.prepare()
        crash.change()
        let report = try await crash.run(
            InterceptedProvisioner(world.provisioner()) { event in
                guard case .applying(let operations) = event else { return }
                _ = try await hook(operations, crash.dba)
            }
        )
        #expect(report.failure != nil, comment)
        try await eventually("the server is gone") { await !world.canLogIn("stays") }
        try await world.server.restart()
        try await CrashWorld(world).check(report, goal: goal, sessions: [], comment)
    }

    /// Makes the provisioner wait inside its transaction for somebody else's, and kills the server once it does.
    private static func killWhenStuck(
        _ server: any TestServer,
        _ dba: any TestAdministrator,
        _ account: AccountName
    ) async throws -> Task<Void, any Error> {
        try await dba.hold([account])
        return Task {
            try await eventually("the provisioner waits") { try await dba.isProvisionerWaiting() }
            try await server.signal("KILL")
        }
    }
}
