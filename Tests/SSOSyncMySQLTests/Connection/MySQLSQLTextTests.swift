// SPDX-License-Identifier: Apache-2.0

import SSOSyncMySQL
import Testing

@Suite("MySQL connection options")
struct MySQLConnectionOptionsTests {
    @Test func `have MySQL's port`() {
        #expect(MySQLConnectionOptions(host: "db", user: "u").port == 3_306)
    }
}
