// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite("Batches of which some or all operations fail")
struct BatchTests {
    @Test(arguments: World.postgresVersions)
    func `of 200 joiners every third one fails, those are named, and all others are done`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            let numbers = Array(1...200)
            let taken = numbers.filter { $0 % 3 == 0 }
            for number in numbers { world.set(UserId("p\(number)"), in: ["readers", "writers"]) }
            let report = try await run(world) {
                for number in taken { try await superuser.execute("CREATE ROLE \(identifier: "p\(number)") NOLOGIN") }
            }
            #expect(report.failure == nil)
            #expect(report.verdict == .partialFailure)
            #expect(Set(report.failedOutcomes.map(\.operation.account)) == Set(taken.map { AccountName("p\($0)") }))
            #expect(report.outcomes.count(where: \.isDone) == 200 - taken.count)
            let state = try await ServerState(superuser)
            for number in numbers {
                let isTaken = number % 3 == 0
                let account = state[AccountName("p\(number)")]
                #expect(account?.roles == (isTaken ? [] : ["readers", "writers"]))
                #expect(account?.usesIAM == !isTaken)
                #expect((account?.marker == nil) == isTaken)
            }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `when the provisioner lacks the right for all who join, the target fails with one error`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            for number in 1...6 { world.set(UserId("p\(number)"), in: ["writers"]) }
            let report = try await run(world) {
                guard version >= 16 else {
                    try await world.postgres.superuser("ALTER ROLE sso_provisioner NOCREATEROLE")
                    return
                }
                try await world.postgres.takeAway("writers", from: "sso_sync_grantor_test")
            }
            #expect(report.failure?.code == .privilege)
            #expect(report.outcomes.isEmpty)
            for number in 1...6 { #expect(try await world.mayLogIn(AccountName("p\(number)")) == nil) }
            try await world.bootstrap()
            if version < 16 { try await world.postgres.superuser("ALTER ROLE sso_provisioner CREATEROLE") }
            try await world.apply()
            #expect(try await world.rolesHeld(by: "p6") == ["writers"])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a drop that the server refuses leaves account, lock and marker as they were, and others are dropped`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            for user: UserId in ["ann", "bob", "stays"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            for user: UserId in ["ann", "bob"] { world.set(user, in: []) }
            try await world.apply()
            world.pass(seconds: 90_000)
            let before = try await ServerState(superuser)
            let report = try await run(world) {
                try await superuser.execute("CREATE SCHEMA late AUTHORIZATION ann")
            }
            #expect(report.outcome("drop", of: "ann")?.error?.code == .server)
            #expect(report.outcome("drop", of: "bob")?.isDone == true)
            let after = try await ServerState(superuser)
            #expect(after["ann"] == before["ann"])
            #expect(after["ann"]?.marker != nil)
            #expect(after["bob"] == nil)
            #expect(try await world.apply().findings(.keptForObjects).map(\.account) == ["ann"])
        }
    }

    /// Runs, with something that happens after the target was read.
    private func run(
        _ world: World,
        afterReading: @escaping @Sendable () async throws -> Void
    ) async throws -> TargetReport {
        let provisioner = InterceptedProvisioner(world.provisioner()) { event in
            if case .inspected = event { try await afterReading() }
        }
        return try #require(await world.engine(provisioner: provisioner).apply().targets.first)
    }
}
