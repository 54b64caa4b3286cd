// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncMySQL
internal import SSOSyncPostgres

/// Connections to targets of either engine that outlive their run.
struct KeptConnections: Sendable {
    let postgres = PostgresConnections()
    let mysql = MySQLConnections()

    /// Ends what is kept.
    func hangUp() {
        postgres.hangUp()
        mysql.hangUp()
    }
}
