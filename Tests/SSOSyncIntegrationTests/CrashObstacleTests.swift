// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("A person whose account cannot be changed")
struct CrashObstacleTests {
    @Test(arguments: World.postgresVersions)
    func `a name that is taken between reading and applying fails its person only`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            for number in 1...20 { world.set(UserId("p\(number)"), in: ["readers", "writers"]) }
            let report = try await run(world) { event in
                guard case .inspected = event else { return }
                try await superuser.execute("CREATE ROLE p7 NOLOGIN; COMMENT ON ROLE p7 IS 'not yours'")
            }
            #expect(report.failure == nil)
            #expect(report.failedOutcomes.map(\.operation.account) == ["p7"])
            #expect(report.outcomes.count(where: \.isDone) == 19)
            let state = try await ServerState(superuser)
            #expect(state["p7"]?.summary == "p7: login false, IAM false, [], unmarked ")
            for number in 1...20 where number != 7 {
                #expect(state[AccountName("p\(number)")]?.roles == ["readers", "writers"])
            }
            let next = try await world.apply()
            #expect(next.outcomes.isEmpty)
            #expect(next.plan?.content.conflicts.map(\.kind) == [.nameTaken])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `an account that vanishes between reading and applying fails its person only`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            for number in 1...10 { world.set(UserId("p\(number)"), in: ["readers"]) }
            try await world.apply()
            for number in 1...10 { world.set(UserId("p\(number)"), in: number < 6 ? ["readers", "writers"] : []) }
            let once = Locked(true)
            let report = try await run(world) { event in
                guard case .inspected = event, once.withLock({ $0 }) else { return }
                once.withLock { $0 = false }
                try await superuser.execute("DROP ROLE p3; DROP ROLE p8")
            }
            #expect(Set(report.failedOutcomes.map(\.operation.account)) == ["p3", "p8"], "\(report.failedOutcomes)")
            let state = try await ServerState(superuser)
            for number in [1, 2, 4, 5] { #expect(state[AccountName("p\(number)")]?.roles == ["readers", "writers"]) }
            for number in [6, 7, 9, 10] {
                #expect(state[AccountName("p\(number)")]?.canLogIn == false)
                #expect(state[AccountName("p\(number)")]?.roles == [])
            }
            try await world.apply()
            #expect(await world.canLogIn("p3"))
        }
    }

    @Test(arguments: World.postgresVersions)
    func `an account that another transaction holds fails its person only, leaver or not`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            let people = (1...8).map { UserId("p\($0)") }
            for user in people { world.set(user, in: ["readers"]) }
            try await world.apply()
            for user in people.prefix(4) { world.set(user, in: []) }
            for user in people.suffix(4) { world.set(user, name: AccountName("\(user) new"), in: ["readers"]) }
            try await superuser.execute(
                "BEGIN; ALTER ROLE p2 CONNECTION LIMIT 5; ALTER ROLE p6 CONNECTION LIMIT 5"
            )
            let report = try await run(world)
            #expect(report.failure == nil)
            #expect(Set(report.failedOutcomes.map(\.operation.user)) == ["p2", "p6"])
            try await superuser.execute("ROLLBACK")
            let state = try await ServerState(superuser)
            #expect(state.marked.filter(\.canLogIn).map(\.name) == ["p2", "p5 new", "p6", "p7 new", "p8 new"])
            try await world.apply()
            #expect(try await world.plan().isInSync)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a server that takes no writes fails the target at once, not person by person`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            try await superuser.execute("SET default_transaction_read_only = off")
            for number in 1...10 { world.set(UserId("p\(number)"), in: ["readers"]) }
            try await world.apply()
            for number in 1...5 { world.set(UserId("p\(number)"), in: []) }
            for number in 11...15 { world.set(UserId("p\(number)"), in: ["readers"]) }
            let before = try await ServerState(superuser)
            try await setReadOnly(true, world, superuser)
            let report = try await run(world)
            #expect(report.failure?.code == .readOnly)
            #expect(report.verdict == .partialFailure)
            #expect(report.outcomes.isEmpty)
            #expect(try await ServerState(superuser) == before)
            try await setReadOnly(false, world, superuser)
            let next = try await world.apply()
            #expect(next.outcomes.count(where: \.isDone) == next.outcomes.count)
            #expect(!next.outcomes.isEmpty)
        }
    }

    private func setReadOnly(_ isOn: Bool, _ world: World, _ superuser: PostgresConnection) async throws {
        try await superuser.execute("ALTER SYSTEM SET default_transaction_read_only = \(isOn ? "on" : "off")")
        try await superuser.execute("SELECT pg_reload_conf()")
        try await eventually("the setting is \(isOn)") {
            let connection = try await world.postgres.connect(
                as: "postgres",
                secret: world.postgres.masterSecret.secret
            )
            let value = try await connection.column("SHOW default_transaction_read_only")
            await connection.close()
            return value == [isOn ? "on" : "off"]
        }
    }

    private func run(
        _ world: World,
        onEvent: @escaping @Sendable (InterceptedProvisioner.Event) async throws -> Void = { _ in }
    ) async throws -> TargetReport {
        let provisioner = world.provisioner {
            $0.lockTimeout = 300
            $0.outTimeout = .seconds(1)
        }
        let report = await world.engine(provisioner: InterceptedProvisioner(provisioner, onEvent: onEvent)).apply()
        return try #require(report.targets.first)
    }
}
