// SPDX-License-Identifier: Apache-2.0

package import SSOSyncPostgres
import SSOSyncSQL

extension PostgresConnection: TestSession {
    package func check() async throws { try await run("SELECT 1") }

    package func sleep(seconds: Double) async throws {
        try await run("SELECT pg_sleep(\(literal: "\(seconds)")::float8)")
    }

    package func beginTransaction() async throws { try await run("BEGIN; SELECT 1") }

    package func makeSomethingTemporary() async throws { try await run("CREATE TEMP TABLE mine (x int)") }

    package func tryProvisionerLock(staying seconds: Double) async throws -> Bool {
        let result = try await run(
            "SELECT pg_try_advisory_lock(\(Self.provisionerLock)), pg_sleep(\(literal: "\(seconds)")::float8)"
        )
        return result?.bool(0, 0) ?? false
    }

    package func waitForProvisionerLock() async throws {
        try await run("SET lock_timeout = 0; SELECT pg_advisory_lock(\(Self.provisionerLock))")
    }

    package func limitSilence() async throws { try await run("SET idle_session_timeout = 500") }

    private static let provisionerLock: SQLText = "5460815, 1937337955"

    /// Runs a script, and returns the result of its last statement.
    @discardableResult
    private func run(_ script: SQLText) async throws -> PostgresResult? {
        do {
            return try await execute(script).last
        } catch let error as PostgresError where error.isConnectionLost {
            throw LostSession()
        }
    }
}
