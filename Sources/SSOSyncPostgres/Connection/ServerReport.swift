// SPDX-License-Identifier: Apache-2.0

/// The fields of an error or notice as the server sent them, without secrets and control characters.
///
/// https://www.postgresql.org/docs/current/protocol-error-fields.html
struct ServerReport: Sendable, Hashable {
    /// `ERROR`, `FATAL`, `PANIC`, `WARNING`, `NOTICE`…, never translated.
    var severity: String
    /// The five-letter code.
    var sqlState: String
    /// The primary message, in the server's language.
    var message: String
    /// The detail, if there is one.
    var detail: String?
    /// The hint, if there is one.
    var hint: String?
    /// Where in the statement, in characters from 1.
    var position: Int?

    /// Whether the server ends the session with this error.
    var endsSession: Bool { severity == "FATAL" || severity == "PANIC" }
}
