// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SSOSyncMySQL

@Suite("How a MySQL target is reached")
struct MySQLConfigurationTests {
    @Test(arguments: [(0, 1), (300, 1), (1_000, 1), (1_001, 2), (1_500, 2), (10_000, 10)])
    func `the time to wait for a lock is rounded up to the whole seconds that the server knows`(
        milliseconds: Int,
        seconds: Int
    ) {
        var configuration = MySQLConfiguration(writer: MySQLEndpoint(host: "localhost"), user: "sso_provisioner")
        configuration.lockTimeout = milliseconds
        #expect(configuration.lockTimeoutSeconds == seconds)
    }
}
