// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// How much a run asks of a MySQL server, by the server's own count.
@Suite("The statements of a run on MySQL")
struct MySQLStatementsTests {
    /// The statements that the provisioner has sent so far.
    ///
    /// <https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-summary-tables.html>
    private func statements(_ world: World) async throws -> Int {
        let rows = try await world.mysql.superuser(
            """
            SELECT SUM(COUNT_STAR) FROM performance_schema.events_statements_summary_by_user_by_event_name
            WHERE USER = 'sso_provisioner' AND EVENT_NAME LIKE 'statement/sql/%'
            """
        )
        return rows.first.flatMap { Int($0) } ?? -1
    }

    @Test
    func `a run that finds nothing to do sends as many statements for 300 people as for 10, and no more than ten`()
        async throws
    {
        try await World.withMySQL { world in
            var counts: [Int] = []
            for people in [1...10, 11...300] {
                for number in people { world.set(UserId("p\(number)"), in: ["readers"]) }
                try await world.apply()
                let before = try await statements(world)
                try await world.apply()
                counts.append(try await statements(world) - before)
            }
            #expect(counts[0] == counts[1])
            #expect((1...10).contains(counts[1]), "\(counts)")
        }
    }

    @Test func `a first run of 200 people waits for no more than thirty answers, connecting and logging in included`()
        async throws
    {
        try await World.withMySQL { world in
            for number in 1...200 { world.set(UserId("p\(number)"), in: ["readers", "writers"]) }
            try await FaultProxy.with(world.mysql.port) { proxy in
                let report = try await world.run { $0.writerPort = proxy.port }
                #expect(report.outcomes.count(where: \.isDone) == 200)
                let turns = try await proxy.turns()
                #expect((5...30).contains(turns), "\(turns)")
            }
        }
    }
}
