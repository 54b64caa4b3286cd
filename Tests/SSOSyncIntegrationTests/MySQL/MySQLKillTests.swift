// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncSQL
import SSOSyncTestSupport
import Testing

@Suite("A MySQL server that is killed in the middle of lists")
struct MySQLKillTests {
    @Test func `of each list all are dropped or none, and the next run does the rest`() async throws {
        try await World.withMySQL { world in
            let leavers = (1...400).map { UserId("p\($0)") }
            for user in leavers + ["stays"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            for user in leavers { world.set(user, in: []) }
            try await world.apply()
            world.pass(seconds: 90_000)
            let superuser = try await world.mysql.openSuperuser()
            let killing = Task {
                try await eventually("some are dropped") { try await Self.left(superuser) < 400 }
                try await world.mysql.signal("KILL")
            }
            let report = try await world.run()
            try await killing.value
            try await world.mysql.restart()
            let left = try await Self.left(try await world.mysql.openSuperuser())
            #expect(left % 100 == 0, "half a list: \(left)")
            let dropped = report.outcomes.filter(\.isDone).count
            #expect(left <= 400 - dropped, "\(dropped) were reported as dropped, and \(left) are there")
            try await world.apply()
            #expect(try await world.plan().isInSync)
        }
    }

    @Test func `of a list of leavers all are locked and marked, or none, and the next run does the rest`() async throws
    {
        try await World.withMySQL { world in
            let leavers = (1...3_000).map { UserId("p\($0)") }
            for user in leavers + ["stays"] { world.set(user, in: ["readers"]) }
            try await world.apply()
            for user in leavers { world.set(user, in: []) }
            let superuser = try await world.mysql.openSuperuser()
            let killing = Task {
                try await eventually("some are locked") { try await Self.locked(superuser) > 0 }
                try await world.mysql.signal("KILL")
            }
            let report = try await world.run()
            try await killing.value
            try await world.mysql.restart()
            let again = try await world.mysql.openSuperuser()
            let locked = try await Self.locked(again)
            #expect(locked % 1_000 == 0, "half a list: \(locked)")
            #expect(try await Self.count(again, "account_locked = 'Y' XOR \(Self.isMarkedLocked)") == 0)
            let done = report.outcomes.count { $0.isDone && $0.operation.label == "lock" }
            #expect(locked >= done, "\(done) were reported as locked, and \(locked) are")
            try await world.apply()
            #expect(try await Self.locked(again) == leavers.count)
        }
    }

    private static let isMarkedLocked: SQLText = #"User_attributes->>'$.metadata."sso-sync".state' = 'locked'"#

    private static func left(_ superuser: MySQLConnection) async throws -> Int { try await count(superuser, "TRUE") }

    private static func locked(_ superuser: MySQLConnection) async throws -> Int {
        try await count(superuser, "account_locked = 'Y'")
    }

    /// How many of the leavers' accounts are so.
    private static func count(_ superuser: MySQLConnection, _ condition: SQLText) async throws -> Int {
        let rows = try await superuser.column("SELECT COUNT(*) FROM mysql.user WHERE User LIKE 'p%' AND (\(condition))")
        return rows.first.flatMap { Int($0) } ?? -1
    }
}
