// SPDX-License-Identifier: Apache-2.0

import SSOSyncMySQL
import Testing

@Suite("Hosts of accounts")
struct AccountHostTests {
    @Test func `the server stores the host of an account in lower case, and so it is compared`() {
        var configuration = MySQLConfiguration(writer: MySQLEndpoint(host: "db"), user: "sso")
        #expect(configuration.accountHost == "%")
        configuration.accountHost = "Office.Example.COM"
        #expect(configuration.accountHost == "office.example.com")
        let bootstrap = MySQLBootstrap(login: "sso", host: "Office.Example.COM")
        #expect(bootstrap.host == "office.example.com")
        let grants = bootstrap.statements.filter { $0.contains("GRANT ") }
        #expect(grants.count > 1)
        #expect(grants.allSatisfy { $0.contains("'sso'@'office.example.com'") })
    }
}
