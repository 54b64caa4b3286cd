// SPDX-License-Identifier: Apache-2.0

/// What went wrong with a PostgreSQL server, in words for people and in a code for programs.
///
/// It never holds a password, a login token or a statement.
public struct PostgresError: Error, Sendable {
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
        /// The server cut a name off, so the statement acted on another name than was meant.
        public static let identifierTruncated = Code("identifierTruncated")
        /// A value cannot be said in SQL.
        ///
        /// Nothing was sent.
        public static let invalidText = Code("invalidText")
        /// The connection was used in a way that it does not support.
        public static let misuse = Code("misuse")
        /// The server refused the statement; see the SQLSTATE.
        public static let server = Code("server")
    }

    /// Held by reference, so that the error is one word in a `Result`.
    private final class Storage: Sendable {
        let code: Code
        let message: String
        let server: ServerReport?
        let isConnectionLost: Bool

        init(code: Code, message: String, server: ServerReport?, isConnectionLost: Bool) {
            self.code = code
            self.message = message
            self.server = server
            self.isConnectionLost = isConnectionLost
        }
    }

    private let storage: Storage

    /// The kind of the error.
    public var code: Code { storage.code }

    /// What happened, where, and how to mend it where that is known.
    public var message: String { storage.message }

    /// The server's five-letter code, if the server sent the error.
    ///
    /// https://www.postgresql.org/docs/current/errcodes-appendix.html
    public var sqlState: String? { storage.server?.sqlState }

    /// More about the problem, in the server's words.
    public var detail: String? { storage.server?.detail }

    /// What to do about it, in the server's words.
    public var hint: String? { storage.server?.hint }

    /// Where in the statement the problem is, in characters from 1.
    public var position: Int? { storage.server?.position }

    /// Whether the connection is gone, so that the next call needs a new one.
    public var isConnectionLost: Bool { storage.isConnectionLost }

    /// Makes an error.
    /// - Parameters:
    ///   - code: its kind.
    ///   - message: what happened, where, how to mend it; without secrets.
    ///   - server: what the server said, already without secrets.
    ///   - isConnectionLost: whether the connection is gone.
    init(_ code: Code, _ message: String, server: ServerReport? = nil, isConnectionLost: Bool = false) {
        storage = Storage(code: code, message: message, server: server, isConnectionLost: isConnectionLost)
    }

    /// Makes the error of a statement that the server refused while the connection stays.
    init(_ report: ServerReport?, or message: String) {
        let code: Code =
            switch report?.sqlState {
            case "25006": .readOnly  // read_only_sql_transaction
            case "57014": .timeout  // query_canceled: statement_timeout, or an administrator
            default: .server
            }
        self.init(code, report?.message ?? message, server: report)
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// One line for people.
    public var description: String {
        var text = message
        if let detail { text += " Detail: \(detail)" }
        if let hint { text += " Hint: \(hint)" }
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        return text
    }

    /// The same line with the code in front.
    public var debugDescription: String {
        "PostgresError.\(code): \(description)"
    }
}
