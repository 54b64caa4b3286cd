// SPDX-License-Identifier: Apache-2.0

package import SSOSyncPostgres
import SSOSyncSQL

extension PostgresConnection: TestSession {
    package func check() async throws {
        try await losing { try await query("SELECT 1") }
    }

    /// Does something, and says in the engine-neutral word that the server has ended the session.
    private func losing<Value>(_ body: () async throws -> Value) async throws {
        do {
            _ = try await body()
        } catch let error as PostgresError where error.isConnectionLost {
            throw LostSession()
        }
    }
}
