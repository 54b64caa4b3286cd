// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

/// The server's look at all markers is most of what a run for one person takes.
@Suite("Reading MySQL while the directory is read", .timeLimit(.minutes(5)))
struct MySQLEarlyReadingTests {
    /// A directory that answers once something has come about.
    private struct Waiting: IdentitySource {
        let directory: InMemoryDirectory
        let condition: @Sendable () async throws -> Bool

        var directoryId: DirectoryId? { directory.directoryId }

        func directory(_ request: DirectoryRequest) async throws -> Directory {
            try await eventually("the accounts have been read", condition)
            return try await directory.directory(request)
        }
    }

    private static let text = "SELECT User, Host, plugin = ''AWSAuthenticationPlugin''"

    /// How often open sessions of the provisioner have read accounts; what each has done last is kept by the server:
    /// <https://dev.mysql.com/doc/refman/8.4/en/performance-schema-events-statements-history-table.html>.
    private static func readings(_ world: World) async throws -> Int {
        let rows = try await world.mysql.superuser(
            """
            SELECT COUNT(*) FROM performance_schema.events_statements_history JOIN performance_schema.threads USING (THREAD_ID)
            WHERE PROCESSLIST_USER = 'sso_provisioner' AND TIMER_END IS NOT NULL AND SQL_TEXT LIKE '\(text)%'
            """
        )
        return rows.first.flatMap { Int($0) } ?? -1
    }

    @Test func `for one person all but the names is there before the directory has answered`() async throws {
        try await World.withMySQL { world in
            world.set("old", in: ["readers"])
            try await world.apply()
            world.set("ann", in: ["readers"])
            try await world.mysql.logStatements()
            let source = Waiting(directory: world.directory) { try await Self.readings(world) > 0 }
            let report = await world.engine(reading: source).apply(.people(["ann"]))
            #expect(report.verdict == .inSync && report.targets.first?.outcomes.count == 1, "\(report)")
            #expect(await world.canLogIn("ann"))
            // Once, and not again when the names are known.
            let looks = try await world.mysql.superuser(
                """
                SELECT COUNT(*) FROM mysql.general_log
                WHERE user_host LIKE 'sso_provisioner%' AND CONVERT(argument USING utf8mb4) LIKE '%SUM(1)%'
                """
            )
            #expect(looks == ["1"])
        }
    }

    /// Whoever has the name is in no row that was read early: an account in use of somebody else's, which has nothing new to say.
    @Test(arguments: [("old", "old"), ("old", "OLD"), ("Old", "old"), ("oLD", "Old"), ("öld", "ÖLD")])
    func `somebody else's account of the same name is found all the same`(old: String, name: String) async throws {
        try await World.withMySQL { world in
            world.set("old", name: AccountName(old), in: ["readers"])
            try await world.apply()
            world.pass(seconds: 2 * 86_400)
            world.set("ann", name: AccountName(name), in: ["readers"])
            let report = await world.engine().apply(.people(["ann"]))
            #expect(report.targets.first?.plan?.content.conflicts.count == 1, "\(report)")
            #expect(report.targets.first?.outcomes.isEmpty == true)
        }
    }

    /// What was noted with it goes along.
    @Test func `and one that somebody has renamed to it by hand`() async throws {
        try await World.withMySQL { world in
            world.set("old", in: ["readers"])
            try await world.apply()
            _ = try await world.mysql.superuser("RENAME USER old TO 'Old'")
            world.pass(seconds: 2 * 86_400)
            world.set("ann", name: "Old", in: ["readers"])
            let report = await world.engine().apply(.people(["ann"]))
            #expect(report.targets.first?.plan?.content.conflicts.count == 1, "\(report)")
            #expect(report.targets.first?.outcomes.isEmpty == true)
        }
    }
}
