// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@testable import SSOSyncPostgres

@Suite("The lock", .serialized)
struct LockTests {
    // MARK: Provisioners among themselves

    @Test(arguments: World.postgresVersions)
    func `a run that meets another writer is busy, and planning goes on meanwhile`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            world.set("ann", in: ["readers"])
            let other = try await world.provisioner().openSession(Self.writing("other"))
            let report = await world.engine().apply()
            #expect(report.verdict == .busy)
            #expect(report.verdict.exitCode == 5)
            #expect(report.targets.first?.failure?.message.contains("sso-sync/other") == true)
            #expect(try await world.mayLogIn("ann") == nil)
            #expect(try await world.plan().operations.count == 1)
            await other.close()
            try await world.apply()
            #expect(await world.canLogIn("ann"))
        }
    }

    @Test(arguments: World.postgresVersions)
    func `the lock held by a provisioner in another database means busy`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            try await world.postgres.superuser("CREATE DATABASE other")
            let provisioner = world.provisioner { $0.database = "other" }
            let other = try await provisioner.openSession(Self.writing("other"))
            #expect(try await world.run().verdict == .busy)
            await other.close()
            #expect(try await world.run().verdict == .inSync)
        }
    }

    @Test(arguments: World.postgresVersions)
    func `runs that wait for the lock come one after the other`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            for number in 1...20 { world.set(UserId("p\(number)"), in: ["readers"]) }
            let journal = Journal()
            let reports = await withTaskGroup(of: SyncReport.self) { group in
                for run in 1...3 {
                    group.addTask { await world.engine().apply(options: journal.options(run: run)) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.map(\.verdict) == [.inSync, .inSync, .inSync])
            #expect(reports.flatMap(\.targets).filter { !$0.outcomes.isEmpty }.count == 1)
            #expect(journal.isOneAfterTheOther, "\(journal.runs)")
            #expect(Set(journal.runs) == [1, 2, 3])
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a frozen writer lets go of the lock by itself`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let frozen = try await Self.takeLock(world.postgres, as: "sso_provisioner")
            #expect(try await world.run().verdict == .busy)
            // From now on nothing is heard of it. Sessions that write set a minute.
            try await frozen.execute("SET idle_session_timeout = 500")
            var options = SyncEngine.Options()
            options.lockWait = 20
            #expect(try await world.run(options: options).verdict == .inSync)
            await #expect(throws: PostgresError.self) { try await frozen.query("SELECT 1") }
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a session that writes is one that the server ends when it is silent for a minute`(version: Int) async throws {
        try await World.with(postgres: version) { world in
            let session = try await world.provisioner().openSession(Self.writing("silent"))
            let connection = await (try #require(session as? PostgresSession)).connection
            for setting: SQLText in ["idle_session_timeout", "idle_in_transaction_session_timeout"] {
                let rows = try await connection.column("SELECT setting FROM pg_settings WHERE name = '" + setting + "'")
                let milliseconds = try #require(rows.first.flatMap { Int($0) })
                #expect((1...60_000).contains(milliseconds), "\(setting)")
            }
            await session.close()
        }
    }

    // MARK: Logins that hold it to save themselves

    @Test(arguments: World.postgresVersions, ["postgres", "other"])
    func `a leaver who holds the lock to save itself, in whatever database, is ended, reported, and out`(
        version: Int,
        database: String
    ) async throws {
        try await World.with(postgres: version) { world in
            try await world.postgres.superuser("CREATE DATABASE other")
            world.set("ann", in: ["readers"])
            try await world.apply()
            let session = try await Self.takeLock(world.postgres, as: "ann", database: database)
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failure as Any)")
            #expect(report.findings(.notice).contains { $0.message.contains("ann held the provisioner's lock") })
            await #expect(throws: PostgresError.self) { try await session.query("SELECT 1") }
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test(arguments: World.postgresVersions)
    func `a leaver with more sessions queued for the lock than anybody would end one by one is out all the same`(
        version: Int
    ) async throws {
        try await World.with(postgres: version) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let holder = try await Self.takeLock(world.postgres, as: "ann")
            let superuser = try await world.postgres.openSuperuser()
            let queue = try await Self.queue(30, for: "ann", world.postgres, superuser)
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failure as Any)")
            #expect(await !world.canLogIn("ann"))
            #expect(try await world.sessions(of: ["ann"]) == 0)
            for waiting in queue { _ = await waiting.result }
            await holder.close()
            await superuser.close()
        }
    }

    @Test(arguments: World.postgresVersions, ["postgres", "other"])
    func `leavers who take the lock again as soon as they are ended do not save themselves`(
        version: Int,
        database: String
    ) async throws {
        try await World.with(postgres: version) { world in
            try await world.postgres.superuser("CREATE DATABASE other")
            world.set("ann", in: ["readers"])
            try await world.apply()
            let grabbers = Grabbers(server: world.postgres, user: "ann", database: database)
            try await grabbers.during(count: 3) {
                try await eventually("the lock is held") { grabbers.haveHeldIt }
                world.set("ann", in: [])
                let report = try await world.run()
                #expect(report.verdict == .inSync, "\(report.failure as Any)")
                #expect(await !world.canLogIn("ann"))
            }
        }
    }

    // MARK: Parts

    private static func writing(_ runId: String) -> SessionAccess {
        SessionAccess(.writing, runId: runId, deadline: .now.advanced(by: .seconds(30)))
    }

    /// Logs in and takes the provisioner's lock.
    private static func takeLock(
        _ server: ScratchServer,
        as user: AccountName,
        database: String = "postgres"
    ) async throws -> PostgresConnection {
        let connection = try await server.logIn(as: user, database: database)
        #expect(try await connection.column("SELECT pg_try_advisory_lock(5460815, 1937337955)::text") == ["true"])
        return connection
    }

    /// Lets a person wait for the lock in many sessions.
    private static func queue(
        _ count: Int,
        for user: AccountName,
        _ server: ScratchServer,
        _ superuser: PostgresConnection
    ) async throws -> [Task<Void, any Error>] {
        var tasks: [Task<Void, any Error>] = []
        for _ in 0..<count {
            let connection = try await server.logIn(as: user)
            tasks.append(
                Task {
                    try await connection.execute("SET lock_timeout = 0; SELECT pg_advisory_lock(5460815, 1937337955)")
                    // Holds on to it, as long as it lets us.
                    _ = try await connection.query("SELECT pg_sleep(60)")
                }
            )
        }
        try await eventually("all of them wait") {
            let waiting = try await superuser.column(
                "SELECT pid::text FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            )
            return waiting.count == count
        }
        return tasks
    }
}

/// Which run worked on the target when.
private final class Journal: Sendable {
    private let entries = Locked<[Int]>([])

    func options(run: Int) -> SyncEngine.Options {
        var options = SyncEngine.Options()
        options.lockWait = 30
        options.progress = { progress in
            switch progress {
            case .inspecting, .planned, .applying: self.entries.withLock { $0.append(run) }
            default: break
            }
        }
        return options
    }

    var runs: [Int] { entries.withLock { $0 } }

    /// Whether no run did anything between two things that another did.
    var isOneAfterTheOther: Bool {
        let runs = runs
        let turns = runs.indices.filter { $0 == 0 || runs[$0 - 1] != runs[$0] }.map { runs[$0] }
        return turns.count == Set(turns).count
    }
}

/// Sessions of a person that take the lock, are ended, log in again, and take it again, without a pause.
private final class Grabbers: Sendable {
    private let server: ScratchServer
    private let user: AccountName
    private let database: String
    private let state = Locked((isStopped: false, haveHeldIt: false))

    init(server: ScratchServer, user: AccountName, database: String) {
        (self.server, self.user, self.database) = (server, user, database)
    }

    var haveHeldIt: Bool { state.withLock { $0.haveHeldIt } }
    private var isStopped: Bool { state.withLock { $0.isStopped } }

    func during(count: Int, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count { group.addTask { await self.grab() } }
            defer { state.withLock { $0.isStopped = true } }
            try await body()
        }
    }

    private func grab() async {
        while !isStopped {
            guard let connection = try? await server.logIn(as: user, database: database) else { continue }
            while !isStopped {
                let statement: SQLText = "SELECT pg_try_advisory_lock(5460815, 1937337955)::text, pg_sleep(0.002)"
                guard let rows = try? await connection.column(statement) else { break }
                if rows == ["true"] { state.withLock { $0.haveHeldIt = true } }
            }
            await connection.close()
        }
    }
}
