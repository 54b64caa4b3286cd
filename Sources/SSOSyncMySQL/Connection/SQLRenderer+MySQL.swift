// SPDX-License-Identifier: Apache-2.0

import SSOSyncSQL

extension SQLRenderer.NameRules {
    /// Names of accounts and roles are literals, so these are names of tables and columns.
    /// https://dev.mysql.com/doc/refman/8.0/en/identifier-length.html
    static let mysql = Self(limit: 64, unit: .characters, consequence: "MySQL refuses longer ones")
}
