// SPDX-License-Identifier: Apache-2.0

/// A notice or warning that the server sent beside its answers.
package struct PostgresNotice: Sendable, Hashable {
    /// `NOTICE`, `WARNING`, `INFO`…, never translated.
    package let severity: String
    /// The five-letter code.
    package let sqlState: String
    /// The message, in the server's language.
    package let message: String
}
