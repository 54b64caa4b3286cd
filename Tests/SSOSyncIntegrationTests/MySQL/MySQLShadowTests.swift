// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncTestSupport
import Testing

@Suite("Hosts on MySQL")
struct MySQLShadowTests {
    @Test func `an account that differs only in host, and an anonymous one that would shadow, are conflicts`()
        async throws
    {
        try await World.withMySQL { world in
            try await world.mysql.superuser("CREATE USER ann@'10.%' IDENTIFIED BY 'x'")
            for user in ["ann", "bob"] as [UserId] { world.set(user, in: ["readers"]) }
            let report = try await world.apply()
            let conflict = try #require(report.conflicts(.nameShadowed).first)
            #expect(conflict.account == "ann")
            #expect(conflict.message.contains("'ann'@'10.%'"))
            #expect(await world.canLogIn("bob"))
            #expect(try await world.mysql.superuser("SELECT Host FROM mysql.user WHERE User = 'ann'") == ["10.%"])

            try await world.mysql.superuser("DROP USER ann@'10.%'; CREATE USER ''@'10.%' ACCOUNT LOCK")
            #expect(
                try await world.plan().content.conflicts.map(\.kind) == [.nameShadowed, .nameShadowed],
                "ann, and bob who has an account"
            )
            try await world.mysql.superuser("DROP USER ''@'10.%'; CREATE USER ''@'%' ACCOUNT LOCK")
            try await world.apply()
            #expect(await world.canLogIn("ann"))
            #expect(try await world.plan().isInSync)
        }
    }

    @Test func `accounts are made for the configured host, and older ones stay ours when it changes`() async throws {
        try await World.withMySQL { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            world.set("bob", in: ["readers"])
            let provisioner = world.mysql.provisioner { $0.accountHost = "127.0.0.%" }
            #expect(try await world.run(provisioner: provisioner).verdict == .inSync)
            let hosts = try await world.mysql.superuser(
                "SELECT CONCAT(User, '@', Host) FROM mysql.user WHERE User IN ('ann', 'bob') ORDER BY 1"
            )
            #expect(hosts == ["ann@%", "bob@127.0.0.%"])
            world.set("ann", in: [])
            let report = try await world.run(provisioner: provisioner)
            #expect(report.outcomes.map(\.operation.label).sorted() == ["end-sessions", "lock", "revoke"])
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test func `a copy of the marker on another host does not save a leaver`() async throws {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await Self.copy(world)
            world.set("ann", in: [])
            let report = try await world.run()
            #expect(report.conflicts(.nameShadowed).count == 1)
            #expect(try await Self.locked(world) == ["%: Y", "10.%: Y"])
            #expect(try await world.plan().content.steps.isEmpty)

            // Whoever makes it once more, or unlocks it, has not let anybody in for good.
            try await world.mysql.superuser("ALTER USER ann@'10.%' ACCOUNT UNLOCK")
            #expect(try await world.run().outcome("lock", of: "ann")?.isDone == true)
            #expect(try await Self.locked(world) == ["%: Y", "10.%: Y"])

            world.pass(seconds: 90_000)
            for _ in 0..<2 { _ = try await world.run() }
            #expect(try await Self.locked(world).isEmpty, "both are dropped, one after the other")
        }
    }

    @Test func `a copy for the host that is configured by now does not save a leaver who logs in by the older one`()
        async throws
    {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await Self.copy(world)
            world.set("ann", in: [])
            _ = try await world.run(provisioner: world.mysql.provisioner { $0.accountHost = "10.%" })
            #expect(try await Self.locked(world) == ["%: Y", "10.%: Y"])
            #expect(await !world.canLogIn("ann"))
        }
    }

    @Test func `a copy that cannot be locked keeps nobody from being locked, and fails the run that names it`()
        async throws
    {
        try await World.withMySQL { world in
            for user in ["ann", "bob", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await Self.copy(world)
            try await world.mysql.superuser("GRANT SYSTEM_USER ON *.* TO ann@'10.%'")
            for user in ["ann", "bob"] as [UserId] { world.set(user, in: []) }
            let report = try await world.run()
            #expect(report.verdict == .partialFailure)
            #expect(report.outcome("lock", of: "ann")?.isDone == false)
            #expect(report.outcome("lock", of: "bob")?.isDone == true)
            #expect(try await Self.locked(world) == ["%: Y", "10.%: N"])
            #expect(try await world.run().verdict == .partialFailure)
        }
    }

    @Test func `a copy that logs in by password is left alone, and its person is not out`() async throws {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await Self.copy(world)
            try await world.mysql.superuser("ALTER USER ann@'10.%' IDENTIFIED WITH caching_sha2_password BY 'x'")
            world.set("ann", in: [])
            for _ in 0..<2 {
                let report = try await world.run()
                #expect(report.verdict == .partialFailure)
                #expect(try await Self.locked(world) == ["%: Y", "10.%: N"])
            }
            try await world.mysql.superuser("DROP USER ann@'10.%'")
            #expect(try await world.run().verdict == .inSync)
        }
    }

    @Test func `that somebody else has locked an account is told, whatever copies there are`() async throws {
        try await World.withMySQL { world in
            world.set("ann", in: ["readers"])
            try await world.apply()
            try await Self.copy(world)
            try await world.mysql.superuser("ALTER USER ann ACCOUNT LOCK")
            #expect(try await world.run().conflicts(.lockedByOthers).map(\.account) == ["ann"])
        }
    }

    @Test func `a leaver whose account somebody else has locked is not out by an open copy, protected as they may be`()
        async throws
    {
        try await World.withMySQL { world in
            for user in ["ann", "stays"] as [UserId] { world.set(user, in: ["readers"]) }
            try await world.apply()
            try await Self.copy(world)
            try await world.mysql.superuser("ALTER USER ann ACCOUNT LOCK")
            world.set("ann", in: [])
            let policy = world.policy(protectedNames: [Glob("ann")])
            let report = try await world.apply(.everyone, policy)
            #expect(report.plan?.content.conflicts.map(\.kind) == [.leaverNotLocked])
            try await world.mysql.superuser("ALTER USER ann@'10.%' ACCOUNT LOCK")
            let shut = try await world.apply(.everyone, policy)
            #expect(shut.plan?.content.conflicts.map(\.kind) == [.unexpectedShape])
        }
    }

    /// Makes ann anew for another host, as `SHOW CREATE USER` says.
    private static func copy(_ world: World) async throws {
        try await world.mysql.superuser(
            """
            CREATE USER ann@'10.%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';
            SET @marker = (SELECT JSON_OBJECT('sso-sync', User_attributes->'$.metadata."sso-sync"') FROM mysql.user
                WHERE User = 'ann' AND Host = '%');
            SET @statement = CONCAT('ALTER USER ann@''10.%'' ATTRIBUTE ', QUOTE(@marker));
            PREPARE copy FROM @statement; EXECUTE copy
            """
        )
    }

    private static func locked(_ world: World) async throws -> [String] {
        try await world.mysql.superuser(
            "SELECT CONCAT(Host, ': ', account_locked) FROM mysql.user WHERE User = 'ann' ORDER BY Host"
        )
    }
}
