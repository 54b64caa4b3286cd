// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

@Suite("Batches of which some or all operations fail")
struct BatchTests {
    @Test(arguments: World.versions)
    func `of 200 joiners every third one fails, those are named, and all others are done`(version: Int) async throws {
        try await World.with(version) { world in
            let superuser = try await world.server.openSuperuser()
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

    @Test(arguments: World.versions)
    func `when the provisioner lacks the right for all who join, the target fails with one error`(
        version: Int
    ) async throws {
        try await World.with(version) { world in
            for number in 1...6 { world.set(UserId("p\(number)"), in: ["writers"]) }
            let report = try await run(world) {
                guard version >= 16 else {
                    try await world.server.superuser("ALTER ROLE sso_provisioner NOCREATEROLE")
                    return
                }
                for owner in ["01", "02"] {
                    try await world.server.takeAway("writers", from: "sso_sync_owner_test_\(owner)")
                }
            }
            #expect(report.failure?.code == .privilege)
            #expect(report.outcomes.isEmpty)
            for number in 1...6 { #expect(try await world.mayLogIn(AccountName("p\(number)")) == nil) }
            try await world.bootstrap()
            if version < 16 { try await world.server.superuser("ALTER ROLE sso_provisioner CREATEROLE") }
            try await world.apply()
            #expect(try await world.rolesHeld(by: "p6") == ["writers"])
        }
    }

    @Test(arguments: World.versions)
    func `leavers who all refuse to be locked fail one by one, and who joins is let in`(version: Int) async throws {
        try await World.with(version) { world in
            let leavers = (1...4).map { AccountName("p\($0)") }
            for name in leavers { world.set(UserId(name.rawValue), in: ["readers"]) }
            try await world.apply()
            for name in leavers { world.set(UserId(name.rawValue), in: []) }
            world.set("joiner", in: ["readers"])
            let report = try await run(world) {
                for name in leavers { try await world.server.superuser("ALTER ROLE \(name) SUPERUSER") }
            }
            #expect(report.failure == nil)
            #expect(report.verdict == .partialFailure)
            for name in leavers { #expect(report.outcome("lock", of: name)?.error?.code == .privilege) }
            #expect(await world.canLogIn("joiner"))
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
