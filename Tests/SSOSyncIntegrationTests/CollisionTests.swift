// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite("A run whose changes collide with somebody else's", .serialized)
struct CollisionTests {
    @Test(arguments: World.postgresVersions, [1, 2, 4])
    func `an account that others change just then is tried again, several times, and the run succeeds`(
        version: Int,
        collisions: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let report = try await Self.run(world, collidingWith: collisions)
            #expect(report.verdict == .inSync, "\(report.failure as Any) \(report.failedOutcomes)")
            for number in 1...4 { #expect(try await world.mayLogIn(AccountName("p\(number)")) == false) }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `an account that others change each time fails alone, and by name`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let report = try await Self.run(world, collidingWith: 5)
            #expect(report.failure == nil)
            #expect(report.outcome("lock", of: "p2")?.error?.message.contains("concurrently") == true)
            #expect(Set(report.failedOutcomes.map(\.operation.account)) == ["p2"])
            for number in [1, 3, 4] { #expect(try await world.mayLogIn(AccountName("p\(number)")) == false) }
            try await world.apply()
            #expect(try await world.mayLogIn("p2") == false)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `of accounts tried one by one those that are done are reported, although the connection is lost then`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            let watcher = try await world.postgres.openSuperuser()
            let report = try await Self.run(world, collidingWith: 2) {
                try await watcher.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sso_provisioner'"
                )
            }
            #expect(report.failure?.code == .connectionLost)
            #expect(report.outcomes.map { "\($0.operation.label) \($0.operation.account)" } == ["lock p1"])
            #expect(report.outcome("lock", of: "p1")?.isDone == true)
            #expect(try await world.mayLogIn("p1") == false)
            #expect(try await world.mayLogIn("p2") == true)
            try await world.apply()
            #expect(try await world.mayLogIn("p2") == false)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a run that the server ends to undo a deadlock gets its work done all the same`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            try await Self.prepareLeavers(world)
            let other = try await world.postgres.openSuperuser()
            // Never the one that is ended.
            try await other.execute("SET deadlock_timeout = '1h'; BEGIN; ALTER ROLE p2 CONNECTION LIMIT 5")
            let run = Task { try await world.run() }
            let watcher = try await world.postgres.openSuperuser()
            try await eventually("the run waits") { try await watcher.waiting() == 1 }
            // The run, which is undone by this, may be back at p1 first.
            _ = try? await other.execute("ALTER ROLE p1 CONNECTION LIMIT 5")
            try await other.execute("COMMIT")
            let report = try await run.value
            #expect(report.verdict == .inSync, "\(report.failure as Any) \(report.failedOutcomes)")
            for number in 1...4 { #expect(try await world.mayLogIn(AccountName("p\(number)")) == false) }
            try await eventually("the deadlock is counted") {
                try await watcher.column("SELECT sum(deadlocks)::text FROM pg_stat_database") == ["1"]
            }
        }
    }

    // MARK: Helpers

    private static func prepareLeavers(_ world: World) async throws {
        for number in 1...4 { world.set(UserId("p\(number)"), in: ["readers"]) }
        world.set("stays", in: ["readers"])
        try await world.apply()
        for number in 1...4 { world.set(UserId("p\(number)"), in: []) }
    }

    /// Runs with four leavers, of whom others change p2 each time that the run is about to, so and so often.
    ///
    /// - Parameter instead: What happens before the last of them commits.
    private static func run(
        _ world: World,
        collidingWith count: Int,
        instead: (() async throws -> Void)? = nil
    ) async throws -> TargetReport {
        try await prepareLeavers(world)
        let rival = try await Rival(world.postgres)
        try await rival.takeRow()
        try await rival.changeRow()
        // Who could not be locked is not out, however long one waits.
        let run = Task { try await world.run { $0.outTimeout = .seconds(1) } }
        for _ in 1..<count {
            try await rival.waitUntilRunWaitsForRow()
            try await rival.commitAndTakeRowAgain()
            try await rival.changeRow()
        }
        try await rival.waitUntilRunWaitsForRow()
        if let instead { try await instead() }
        try await rival.commit()
        return try await run.value
    }
}

/// Somebody who changes p2, again and again, always before a run that tries to.
private struct Rival {
    private let holder: PostgresConnection
    private let gate: PostgresConnection
    private let watcher: PostgresConnection

    init(_ server: ScratchServer) async throws {
        holder = try await server.openSuperuser()
        gate = try await server.openSuperuser()
        watcher = try await server.openSuperuser()
    }

    func takeRow() async throws {
        try await holder.execute("BEGIN; SELECT FROM pg_authid WHERE rolname = 'p2' FOR UPDATE")
    }

    func changeRow() async throws { try await holder.execute("ALTER ROLE p2 CONNECTION LIMIT 5") }
    func commit() async throws { try await holder.execute("COMMIT") }

    func waitUntilRunWaitsForRow() async throws {
        try await eventually("the run waits for p2") {
            try await watcher.column(
                """
                SELECT wait_event FROM pg_stat_activity WHERE usename = 'sso_provisioner' AND wait_event_type = 'Lock'
                    AND wait_event IN ('transactionid', 'tuple')
                """
            ).count == 1
        }
    }

    /// Commits, by which the statement of the run fails that waits, and takes the row before the run tries again.
    ///
    /// A lock on the whole table, which nobody who writes gets past, keeps the run away in between. It does not keep
    /// `FOR UPDATE` away.
    func commitAndTakeRowAgain() async throws {
        let closing = Task { try await gate.execute("BEGIN; LOCK TABLE pg_authid IN SHARE MODE") }
        try await eventually("the gate is about to close") { try await watcher.waiting() == 2 }
        try await commit()
        _ = try await closing.value
        try await takeRow()
        try await gate.execute("ROLLBACK")
    }
}

extension PostgresConnection {
    /// How many sessions wait for another one's lock.
    fileprivate func waiting() async throws -> Int {
        let rows = try await column("SELECT count(*)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return rows.first.flatMap { Int($0) } ?? -1
    }
}
