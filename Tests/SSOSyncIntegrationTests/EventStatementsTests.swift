// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// How much an event asks of a server, by the server's own count.
@Suite("The statements for an event", .timeLimit(.minutes(5)))
struct EventStatementsTests {
    @Test(arguments: World.engines.filter { $0 == .mysql || $0 == .postgres(17) })
    func `for one AddMemberToGroup the function sends twelve statements at most, as the first of its process and later`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine, roles: ["readers", "writers"]) { world in
            try await world.countStatements()
            let story = try await FunctionStory(world)
            let batches = try (1...3).map {
                try LambdaEvents.batch([story.event("AddMemberToGroup", $0, FunctionStory.readers)])
            }
            for person in 1...3 { try await story.aws.join(person, FunctionStory.readers) }
            var counts: [Int] = []
            for payloads in [batches.prefix(1), batches.dropFirst()] {
                let before = try await world.statements()
                let report = try await story.play(Array(payloads))
                #expect(report.metric("Changes") == Double(payloads.count), "\(report.output)")
                counts.append(try await world.statements() - before)
            }
            let (first, later) = (counts[0], counts[1] - counts[0])
            #expect((4...12).contains(first) && (4...12).contains(later), "\(first), then \(later)")
            for person in 1...3 { #expect(await world.canLogIn(AccountName("person\(person)"))) }
        }
    }
}

extension World {
    /// Has the server count each statement, also those that come together.
    ///
    /// <https://www.postgresql.org/docs/17/pgstatstatements.html>; MySQL does so anyway.
    fileprivate func countStatements() async throws {
        guard engine != .mysql else { return }
        _ = try await postgres.superuser("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
        try await server.restart()
        _ = try await postgres.superuser("CREATE EXTENSION pg_stat_statements")
    }

    /// The statements that the provisioner has sent so far, under whatever role it had taken on.
    ///
    /// <https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-summary-tables.html>
    fileprivate func statements() async throws -> Int {
        let rows =
            try await engine == .mysql ? mysql.superuser(Self.mysqlCount) : postgres.superuser(Self.postgresCount)
        return rows.first.flatMap { Int($0) } ?? -1
    }

    private static let postgresCount = """
        SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
        WHERE userid = 'sso_provisioner'::regrole OR userid::regrole::text LIKE 'sso_sync_%'
        """

    private static let mysqlCount = """
        SELECT COALESCE(SUM(COUNT_STAR), 0) FROM performance_schema.events_statements_summary_by_user_by_event_name
        WHERE USER = 'sso_provisioner' AND EVENT_NAME LIKE 'statement/sql/%'
        """
}
