// SPDX-License-Identifier: Apache-2.0

package import SSOSyncMySQL
import SSOSyncSQL

extension MySQLConnection: TestSession {
    package func check() async throws { try await run("SELECT 1") }

    package func sleep(seconds: Double) async throws {
        // One that is interrupted by KILL QUERY alone would say 1.
        try await run("SELECT SLEEP(\(literal: "\(seconds)"))")
    }

    package func beginTransaction() async throws {
        try await run("START TRANSACTION")
        try await run("SELECT 1")
    }

    package func makeSomethingTemporary() async throws {
        try await run("SELECT GET_LOCK(CONCAT('mine ', CONNECTION_ID()), 0)")
    }

    package func tryProvisionerLock(staying seconds: Double) async throws -> Bool {
        let result = try await run("SELECT GET_LOCK('sso-sync', 0), SLEEP(\(literal: "\(seconds)"))")
        return result.bool(0, 0) ?? false
    }

    package func waitForProvisionerLock() async throws {
        try await run("SELECT GET_LOCK('sso-sync', -1)")
    }

    package func limitSilence() async throws { try await run("SET SESSION wait_timeout = 1") }

    /// Calls a procedure and waits for its end.
    package func call(_ procedure: String, in database: String) async throws {
        try await run("CALL \(identifier: database).\(identifier: procedure)()")
    }

    @discardableResult
    private func run(_ statement: SQLText) async throws -> MySQLResult {
        do {
            return try await query(statement)
        } catch let error as MySQLError where error.isConnectionLost {
            throw LostSession()
        }
    }
}
