// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite("The lock on MySQL")
struct MySQLLockTests {
    @Test func `whoever holds the lock to save itself is ended by rds_kill where KILL is refused`() async throws {
        try await World.withMySQL { world in
            let holder = try await Self.leaver("ann", holdsLockOf: world)
            try await world.mysql.limitKilling()
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failure as Any)")
            #expect(report.findings(.notice).contains { $0.message.contains("ann held the provisioner's lock") })
            await #expect(throws: LostSession.self) { try await holder.check() }
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test func `without any right to end sessions the run says at once who holds the lock, and which right is missing`()
        async throws
    {
        try await World.withMySQL { world in
            let holder = try await Self.leaver("ann", holdsLockOf: world)
            try await world.mysql.superuser("REVOKE CONNECTION_ADMIN ON *.* FROM sso_provisioner")
            let began = ContinuousClock.now
            let failure = try #require(try await world.run().failure)
            #expect(began.duration(to: .now) < .seconds(10))
            #expect(failure.code == .privilege)
            #expect(failure.message.contains("ann (from "), "\(failure.message)")
            #expect(failure.message.contains("connection \(holder.connectionId)"), "\(failure.message)")
            #expect(failure.message.contains("GRANT CONNECTION_ADMIN ON *.* TO 'sso_provisioner'@'%'"))
            #expect(failure.message.contains("GRANT EXECUTE ON PROCEDURE mysql.rds_kill TO 'sso_provisioner'@'%'"))
            await holder.close()
        }
    }

    @Test func `a provisioner that makes accounts by the right of a role's role is no intruder`() async throws {
        try await World.withMySQL { world in
            world.set("ann", in: ["readers"])
            try await world.mysql.superuser(
                """
                CREATE ROLE inner_role, outer_role; GRANT CREATE USER ON *.* TO inner_role; GRANT inner_role TO outer_role;
                GRANT outer_role TO sso_provisioner; SET DEFAULT ROLE outer_role TO sso_provisioner;
                REVOKE CREATE USER ON *.* FROM sso_provisioner
                """
            )
            let other = try await world.provisioner().openSession(.writing("other"))
            let report = try await world.run()
            #expect(report.verdict == .busy)
            #expect(report.findings(.notice).isEmpty)
            await other.close()
            try await world.apply()
            #expect(await world.canLogIn("ann"))
        }
    }

    @Test func `sessions that do not say for which lock they wait do not keep it for a leaver`() async throws {
        try await World.withMySQL { world in
            let holder = try await Self.leaver("ann", holdsLockOf: world)
            let dba = try await world.mysql.openAdministrator()
            var queue: [MySQLConnection] = []
            for _ in 0..<60 { queue.append(try await world.mysql.logIn(as: "ann")) }
            let waiting = queue.map { session in
                Task {
                    try await session.query("SET @name = 'sso-sync'")
                    try await session.query("SELECT GET_LOCK(@name, -1)")
                    try await session.sleep(seconds: 60)
                }
            }
            try await eventually("all of them wait") { try await dba.waitersForProvisionerLock() == queue.count }
            let report = try await world.run()
            #expect(report.verdict == .inSync, "\(report.failure as Any)")
            #expect(try await world.sessions(of: ["ann"]) == 0)
            for waiting in waiting { _ = await waiting.result }
            await holder.close()
            await dba.close()
        }
    }

    /// Lets a person in, has it take the lock, and takes it out of the directory.
    @Test(arguments: ["AT CURRENT_TIMESTAMP", "EVERY 1 SECOND"])
    func `an event of a leaver that holds the lock does not keep them from being locked`(schedule: String) async throws
    {
        try await World.withMySQL { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let server = world.mysql
            try await server.superuser("CREATE DATABASE app")
            try await server.superuser(
                """
                DELIMITER //
                GRANT EVENT ON app.* TO ann//
                CREATE DEFINER = ann EVENT app.holder ON SCHEDULE \(schedule)
                DO BEGIN DO GET_LOCK('sso-sync', -1); DO SLEEP(1000); END//
                """
            )
            try await eventually("the event has the lock") {
                try await server.superuser("SELECT IS_USED_LOCK('sso-sync') IS NOT NULL") == ["1"]
            }
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.outcome("lock", of: "ann")?.isDone == true, "\(report.failure as Any)")
            #expect(try await world.mayLogIn("ann") == false)
        }
    }

    @Test func `where performance_schema is off, an event that has the lock for moments is named as what it may be`()
        async throws
    {
        try await World.withMySQL(options: ["--performance-schema=OFF"]) { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            let server = world.mysql
            try await server.superuser("CREATE DATABASE app; GRANT EVENT ON app.* TO ann")
            // For its first two seconds it looks like a login: on a busy machine a run may come later than that, and end it.
            var failure: SyncError?
            for attempt in 1...10 where failure == nil {
                try await server.superuser(
                    """
                    DELIMITER //
                    CREATE DEFINER = ann EVENT app.holder\(attempt) ON SCHEDULE AT CURRENT_TIMESTAMP
                    DO BEGIN DO GET_LOCK('sso-sync', -1); DO SLEEP(1000); END//
                    """
                )
                try await eventually("the event has the lock") {
                    try await server.superuser("SELECT IS_USED_LOCK('sso-sync') IS NOT NULL") == ["1"]
                }
                failure = try await world.run().failure
            }
            #expect(failure?.code == .busy)
            #expect(failure?.message.contains("information_schema.EVENTS") == true, "\(failure as Any)")
            #expect(failure?.message.contains("Set performance_schema to 1") == true)
            try await eventually("the lock is had again") { try await world.run().failure == nil }
        }
    }

    private static func leaver(_ user: UserId, holdsLockOf world: World) async throws -> MySQLConnection {
        world.set(user, in: ["readers"])
        try await world.apply()
        let session = try await world.mysql.logIn(as: AccountName(user.rawValue))
        #expect(try await session.tryProvisionerLock())
        world.set(user, in: [])
        return session
    }
}
