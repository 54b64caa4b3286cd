// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncPostgres
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

/// Whoever stays, and loses a role that an open session may be in.
@Suite("A role that is lost while its person is connected", .serialized)
struct LostRoleTests {
    @Test(arguments: World.engines)
    func `a session keeps what it is in of a role that was revoked, so it is ended, and the person stays`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            let session = try await RoleSession(world, in: "readers", as: "ann")
            try await session.read()
            let other = try await world.server.logIn(as: "ann", standby: false)
            world.set("ann", in: ["writers"])
            // Between the revocation and the end of the session.
            let provisioner = InterceptedProvisioner(world.provisioner()) { event in
                guard case .applied(let operations) = event, operations.contains(where: { $0.phase == .withdraw })
                else { return }
                #expect(try await world.rolesHeld(by: "ann") == ["writers"])
                try await session.read()
            }
            let report = try #require(await world.engine(provisioner: provisioner).apply(.everyone).targets.first)
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            #expect(report.outcomes.map(\.operation.label) == ["revoke", "disconnect"])
            #expect(report.outcome("disconnect", of: "ann")?.sessionsEnded == 2)
            await #expect(throws: LostSession.self) { try await session.check() }
            await #expect(throws: LostSession.self) { try await other.check() }
            #expect(await world.canLogIn("ann"))
            let kept = try await world.server.logIn(as: "ann", standby: false)
            #expect(try await world.plan().isInSync)
            try await world.apply()
            try await kept.check()
        }
    }

    /// As pools of connections do.
    @Test(arguments: World.engines)
    func `a client that connects again at once is left alone, and the run is done`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            let isDone = Locked(false)
            let clients = (0..<6).map { _ in
                Task {
                    var session = try await world.server.logIn(as: "ann", standby: false)
                    while !isDone.withLock({ $0 }) {
                        do { try await session.check() } catch {
                            session = try await world.server.logIn(as: "ann", standby: false)
                        }
                    }
                    return session
                }
            }
            try await eventually("all are connected") {
                try await world.sessions(of: ["ann"], standby: false) == clients.count
            }
            world.set("ann", in: ["writers"])
            let report = try await world.run { $0.outTimeout = .seconds(5) }
            isDone.withLock { $0 = true }
            #expect(report.verdict == .inSync, "\(report.failedOutcomes)")
            for client in clients { try await client.value.check() }
            #expect(try await world.plan().isInSync)
        }
    }

    @Test(arguments: World.engines)
    func `what a run that was cut left of it is made up for by the next one`(engine: TestEngine) async throws {
        struct Cut: Error {}
        try await World.with(engine) { world in
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            let session = try await RoleSession(world, in: "readers", as: "ann")
            world.set("ann", in: ["writers"])
            let provisioner = InterceptedProvisioner(world.provisioner()) { event in
                guard case .applying(let operations) = event, operations.contains(where: { $0.action == .disconnect })
                else { return }
                throw Cut()
            }
            let cut = await world.engine(provisioner: provisioner).apply(.everyone)
            #expect(cut.targets.first?.failure != nil)
            try await session.read()
            #expect(try await world.apply().outcomes.map(\.operation.label) == ["disconnect"])
            await #expect(throws: LostSession.self) { try await session.check() }
            #expect(try await world.plan().isInSync)
        }
    }

    @Test(arguments: World.engines)
    func `on a reader it is ended once the reader has heard of the loss, which the run waits for`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine, standby: true) { world in
            world.set("ann", in: ["readers", "writers"])
            try await world.apply()
            try await eventually("the standby knows ann") { await world.canLogIn("ann", standby: true) }
            let session = try await world.server.logIn(as: "ann", standby: true)
            try await world.server.replay(false)
            world.set("ann", in: ["writers"])
            let report = try await world.run { $0.outTimeout = .milliseconds(200) }
            #expect(report.verdict == .partialFailure)
            #expect(report.outcome("revoke", of: "ann")?.isDone == true)
            let error = report.outcome("disconnect", of: "ann")?.error
            #expect(
                error?.code == .notDisconnected && error?.message.contains("has not heard yet") == true,
                "\(report)"
            )
            await #expect(throws: LostSession.self) { try await session.check() }
            try await world.server.replay(true)
            #expect(try await world.apply().outcomes.map(\.operation.label) == ["disconnect"])
            #expect(try await world.plan().isInSync)
        }
    }
}

/// A session that is in a role: that has become it, or is in the database where it may read by it.
private struct RoleSession {
    private let query: @Sendable () async throws -> Void
    private let session: any TestSession

    init(_ world: World, in role: RoleName, as account: AccountName) async throws {
        if world.engine == .mysql {
            try await world.mysql.superuser(
                """
                CREATE DATABASE IF NOT EXISTS secrets; CREATE TABLE IF NOT EXISTS secrets.s (x int);
                GRANT SELECT ON secrets.* TO '\(role)'
                """
            )
            let connection = try await world.mysql.logIn(as: account)
            try await connection.execute(["USE secrets"], deadline: .now.advanced(by: .seconds(10)))
            session = connection
            query = { _ = try await connection.query("SELECT x FROM s", deadline: .now.advanced(by: .seconds(10))) }
        } else {
            try await world.postgres.superuser(
                "CREATE TABLE IF NOT EXISTS public.secrets (x int); GRANT SELECT ON public.secrets TO \"\(role)\""
            )
            let connection = try await world.postgres.logIn(as: account, standby: false, database: "postgres")
            try await connection.execute("SET ROLE \(identifier: role.rawValue)")
            session = connection
            query = { _ = try await connection.query("SELECT x FROM public.secrets") }
        }
    }

    /// Reads what nobody may read but by the role.
    func read() async throws { try await query() }

    func check() async throws { try await session.check() }
}
