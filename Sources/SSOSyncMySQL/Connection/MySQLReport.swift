// SPDX-License-Identifier: Apache-2.0

/// An error as the server or the C library put it, without secrets and control characters.
struct MySQLReport: Sendable, Hashable {
    /// The number of the error.
    let number: Int
    /// The five-letter code; `HY000` if there is no better one.
    let sqlState: String
    /// The message, in the server's language.
    let message: String

    /// The C libraries' own errors: nothing can be said any more about what the server did.
    ///
    /// CR_MIN_ERROR to CR_MAX_ERROR in errmsg.h, and Connector/C's CER_MIN_ERROR and on.
    private static let libraryErrors = [2_000...2_999, 5_000...5_999]

    /// The server's errors with which it ends the session.
    ///
    /// ER_SERVER_SHUTDOWN, ER_NORMAL_SHUTDOWN to ER_SHUTDOWN_COMPLETE and ER_FORCING_CLOSE, ER_ABORTING_CONNECTION to
    /// ER_NET_WRITE_INTERRUPTED, ER_NEW_ABORTING_CONNECTION, ER_SESSION_WAS_KILLED, ER_CLIENT_INTERACTION_TIMEOUT.
    /// https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
    private static let lastWords = [
        1_053...1_053, 1_077...1_080, 1_152...1_161, 1_184...1_184, 3_169...3_169, 4_031...4_031,
    ]

    /// Whether the connection is gone with this error.
    var endsSession: Bool {
        (Self.libraryErrors + Self.lastWords).contains { $0.contains(number) }
    }
}
