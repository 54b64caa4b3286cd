// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// What the server knows of the provisioner's statements.
extension MySQL {
    private static let counts = "performance_schema.events_statements_summary_by_account_by_event_name"
    private static let mine = "USER = '\(Deployment.login)' AND EVENT_NAME LIKE 'statement/sql/%'"

    /// It counts by itself
    /// (<https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-summary-tables.html>).
    func startCounting(on server: Server) throws {}

    func resetCount(on server: Server) throws { try server.superuser("TRUNCATE TABLE \(Self.counts)") }

    var statementCount: String { "SELECT SUM(COUNT_STAR) FROM \(Self.counts) WHERE \(Self.mine)" }

    /// How long the server has worked on the provisioner's statements since the count was reset, in seconds.
    static func workingTime(on server: Server) throws -> Double {
        // In picoseconds.
        Double(try server.count("SELECT SUM(SUM_TIMER_WAIT) FROM \(counts) WHERE \(mine)")) / 1e12
    }

    /// The queries that an inspection sends.
    static func readings(of request: InspectionRequest, _ deployment: Deployment) async throws -> [String] {
        try await deployment.withReadingSession { session in
            try await queries(on: deployment.server) { _ = try await session.inspect(request) }
        }
    }

    /// The queries that the provisioner sends while something is done.
    private static func queries(on server: Server, during body: () async throws -> Void) async throws -> [String] {
        try server.superuser(
            "TRUNCATE mysql.general_log",
            "SET GLOBAL log_output = 'TABLE'",
            "SET GLOBAL general_log = ON"
        )
        try await body()
        return try server.superuser(
            "SET GLOBAL general_log = OFF",
            """
            SELECT CONCAT(TRIM(TRAILING ';' FROM REPLACE(CONVERT(argument USING utf8mb4), '\\n', ' ')), ';')
            FROM mysql.general_log
            WHERE user_host LIKE '\(Deployment.login)%' AND command_type = 'Query' AND argument LIKE 'SELECT%'
            ORDER BY event_time
            """
        )
    }
}
