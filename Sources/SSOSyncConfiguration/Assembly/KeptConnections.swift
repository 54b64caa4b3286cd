// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncMySQL
internal import SSOSyncPostgres

/// Connections to targets of either engine that outlive their run, and where those are that are looked up.
struct KeptConnections: Sendable {
    let postgres = PostgresConnections()
    let mysql = MySQLConnections()
    let lookUps = KeptLookUps()

    /// Ends what is kept, and forgets where targets are.
    func hangUp() {
        postgres.hangUp()
        mysql.hangUp()
        lookUps.forgetAll()
    }
}
