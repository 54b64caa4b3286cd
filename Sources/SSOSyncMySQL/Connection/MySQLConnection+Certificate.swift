// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

extension MySQLConnection {
    /// When the server's certificate ends, by what the server says of it: neither C library tells in all versions.
    ///
    /// <https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html#statvar_Ssl_server_not_after>
    ///
    /// - Returns: Nil if the server does not say.
    func certificateEnd(deadline: ContinuousClock.Instant) async -> Timestamp? {
        let rows = try? await query("SHOW SESSION STATUS LIKE 'Ssl_server_not_after'", deadline: deadline)
        guard let rows, rows.rowCount == 1 else { return nil }
        return rows.string(0, 1).flatMap { Timestamp(certificate: $0) }
    }
}
