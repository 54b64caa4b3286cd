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
        #expect(bootstrap.statements.allSatisfy { $0.contains("'sso'@'office.example.com'") })
    }
}
