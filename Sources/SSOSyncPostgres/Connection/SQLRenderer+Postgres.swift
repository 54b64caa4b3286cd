// SPDX-License-Identifier: Apache-2.0

import SSOSyncSQL

extension SQLRenderer.NameRules {
    /// The server cuts longer names off, and only says so in a notice.
    /// https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    static let postgres = Self(limit: 63, unit: .bytes, consequence: "PostgreSQL cuts longer ones off")
}
