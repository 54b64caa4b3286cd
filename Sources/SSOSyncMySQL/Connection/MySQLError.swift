// SPDX-License-Identifier: Apache-2.0

/// What went wrong with a MySQL server, in words for people and in a code for programs.
///
/// It never holds a password, a login token or a statement.
public struct MySQLError: Error, Sendable {
    /// The kind of an error.
    ///
    /// More may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// The options of the connection cannot be used; nothing was sent anywhere.
        public static let invalidOptions = Code("invalidOptions")
        /// The server could not be found or reached, or takes no connections now.
        public static let connectionFailed = Code("connectionFailed")
        /// The server was reached, but not over verified TLS.
        ///
        /// No password or token was sent.
        public static let tlsFailed = Code("tlsFailed")
        /// The server refused the password, the token or the user.
        public static let authenticationFailed = Code("authenticationFailed")
        /// The server is too old, or lacks something that is needed.
        public static let unsupportedServer = Code("unsupportedServer")
        /// The deadline passed here, or the server's own limit stopped the statement.
        public static let timeout = Code("timeout")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
        /// The connection broke.
        ///
        /// What was under way may or may not have been done.
        public static let connectionLost = Code("connectionLost")
        /// The server refused to write, being a reader or in recovery.
        public static let readOnly = Code("readOnly")
        /// A value cannot be said in SQL.
        ///
        /// Nothing was sent.
        public static let invalidText = Code("invalidText")
        /// The connection was used in a way that it does not support.
        public static let misuse = Code("misuse")
        /// The server refused the statement; see the number.
        public static let statementFailed = Code("statementFailed")
    }

    /// Held by reference, so that the error is one word in a `Result`.
    private final class Storage: Sendable {
        let code: Code
        let message: String
        let report: MySQLReport?
        let isConnectionLost: Bool

        init(code: Code, message: String, report: MySQLReport?, isConnectionLost: Bool) {
            self.code = code
            self.message = message
            self.report = report
            self.isConnectionLost = isConnectionLost
        }
    }

    private let storage: Storage

    /// The kind of the error.
    public var code: Code { storage.code }

    /// What happened, where, and how to mend it where that is known.
    public var message: String { storage.message }

    /// The number of the error, if the server or the C library named one; 2000 to 2999 and 5000 to 5999 are the
    /// library's.
    ///
    /// https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
    public var number: Int? { storage.report?.number }

    /// The five-letter code, if there is one.
    public var sqlState: String? { storage.report?.sqlState }

    /// Whether the connection is gone, so that the next call needs a new one.
    public var isConnectionLost: Bool { storage.isConnectionLost }

    /// Makes an error.
    /// - Parameters:
    ///   - code: its kind.
    ///   - message: what happened, where, how to mend it; without secrets.
    ///   - report: what the server or the C library said, already without secrets.
    ///   - isConnectionLost: whether the connection is gone.
    init(_ code: Code, _ message: String, report: MySQLReport? = nil, isConnectionLost: Bool = false) {
        storage = Storage(code: code, message: message, report: report, isConnectionLost: isConnectionLost)
    }

    /// Makes the error of a statement that the server refused while the connection stays.
    init(refused report: MySQLReport) {
        let code: Code =
            switch report.number {
            case 1_290 where report.message.contains("read-only"): .readOnly  // ER_OPTION_PREVENTS_STATEMENT
            case 1_792, 1_836: .readOnly  // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE
            case 1_317, 3_024: .timeout  // ER_QUERY_INTERRUPTED, ER_QUERY_TIMEOUT
            default: .statementFailed
            }
        self.init(code, report.message, report: report)
    }
}

extension MySQLError: CustomStringConvertible, CustomDebugStringConvertible {
    /// One line for people.
    public var description: String {
        guard let number, let sqlState else { return message }
        return "\(message) (error \(number), SQLSTATE \(sqlState))"
    }

    /// The same line with the code in front.
    public var debugDescription: String {
        "MySQLError.\(code): \(description)"
    }
}
