// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("The lock", .serialized)
struct LockTests {
    // MARK: Provisioners among themselves

    @Test(arguments: World.engines)
    func `a run that meets another writer is busy, and planning goes on meanwhile`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            let other = try await world.provisioner().openSession(.writing("other"))
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

    @Test(arguments: World.engines)
    func `runs that wait for the lock come one after the other`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
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

    @Test(arguments: World.engines)
    func `a frozen writer lets go of the lock by itself`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let frozen = try await Self.takeLock(world.server, as: "sso_provisioner")
            #expect(try await world.run().verdict == .busy)
            // From now on nothing is heard of it. Sessions that write set a minute.
            try await frozen.limitSilence()
            var options = SyncEngine.Options()
            options.lockWait = 20
            #expect(try await world.run(options: options).verdict == .inSync)
            await #expect(throws: LostSession.self) { try await frozen.check() }
        }
    }

    // MARK: Logins that hold it to save themselves

    @Test(arguments: World.engines, [nil, "other"] as [String?])
    func `a leaver who holds the lock to save itself, in whatever database, is ended, reported, and out`(
        engine: TestEngine,
        database: String?
    ) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await Self.makeOtherDatabase(world)
            let session = try await Self.takeLock(world.server, as: "ann", database: database)
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failure as Any)")
            #expect(report.findings(.notice).contains { $0.message.contains("ann held the provisioner's lock") })
            await #expect(throws: LostSession.self) { try await session.check() }
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test(arguments: World.engines)
    func `an approved plan is applied although somebody held the lock to prevent it`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            world.set("ann", in: [])
            let plan = try await world.plan()
            let session = try await Self.takeLock(world.server, as: "ann")
            var options = SyncEngine.Options()
            options.approvedPlans = [plan.content.target: plan.contentHash]
            let report = try await world.run(options: options)
            #expect(report.verdict == .inSync, "\(report.failure as Any)")
            #expect(!report.findings(.notice).isEmpty)
            await #expect(throws: LostSession.self) { try await session.check() }
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test(arguments: World.engines)
    func `a leaver with more sessions queued for the lock than anybody would end one by one is out all the same`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let holder = try await Self.takeLock(world.server, as: "ann")
            let dba = try await world.server.openAdministrator()
            let queue = try await Self.queue(30, for: "ann", world.server, dba)
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failure as Any)")
            #expect(await !world.canLogIn("ann"))
            #expect(try await world.sessions(of: ["ann"]) == 0)
            for waiting in queue { _ = await waiting.result }
            await holder.close()
            await dba.close()
        }
    }

    @Test(arguments: World.engines, [nil, "other"] as [String?])
    func `leavers who take the lock again as soon as they are ended do not save themselves`(
        engine: TestEngine,
        database: String?
    ) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await Self.makeOtherDatabase(world)
            let grabbers = Grabbers(server: world.server, user: "ann", database: database)
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

    private static func makeOtherDatabase(_ world: World) async throws {
        let dba = try await world.server.openAdministrator()
        try await dba.createDatabase("other", for: "ann")
        await dba.close()
    }

    /// Logs in and takes the provisioner's lock.
    private static func takeLock(
        _ server: any TestServer,
        as account: AccountName,
        database: String? = nil
    ) async throws -> any TestSession {
        let session = try await server.logIn(as: account, standby: false, database: database)
        #expect(try await session.tryProvisionerLock())
        return session
    }

    /// Lets a person wait for the lock in many sessions.
    private static func queue(
        _ count: Int,
        for account: AccountName,
        _ server: any TestServer,
        _ dba: any TestAdministrator
    ) async throws -> [Task<Void, any Error>] {
        var tasks: [Task<Void, any Error>] = []
        for _ in 0..<count {
            let session = try await server.logIn(as: account)
            tasks.append(
                Task {
                    try await session.waitForProvisionerLock()
                    // Holds on to it, as long as it lets us.
                    try await session.sleep(seconds: 60)
                }
            )
        }
        try await eventually("all of them wait") { try await dba.waitersForProvisionerLock() == count }
        return tasks
    }
}

extension SessionAccess {
    static func writing(_ runId: String) -> SessionAccess {
        SessionAccess(.writing, runId: runId, deadline: .now.advanced(by: .seconds(30)))
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
    private let server: any TestServer
    private let user: AccountName
    private let database: String?
    private let state = Locked((isStopped: false, haveHeldIt: false))

    init(server: any TestServer, user: AccountName, database: String?) {
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
            guard let session = try? await server.logIn(as: user, standby: false, database: database) else { continue }
            while !isStopped {
                guard let isHeld = try? await session.tryProvisionerLock(staying: 0.002) else { break }
                if isHeld { state.withLock { $0.haveHeldIt = true } }
            }
            await session.close()
        }
    }
}
