// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncMySQL
import SSOSyncTestSupport
import Testing

@Suite("Servers that are not MySQL 8")
struct ServerKindTests {
    @Test(arguments: [
        ("is-5.7.44-log", "runs MySQL 5.7.44-log; 8.0.23 or later is needed"),
        ("is-8.0.22", "runs MySQL 8.0.22; 8.0.23 or later is needed"),
        ("is-11.4.2-MariaDB", "MariaDB (11.4.2-MariaDB), which is not supported yet"),
        ("mariadb", "It is MariaDB, which is not supported yet"),
        ("is-8.0.36-lookalike", "has no roles as MySQL 8 has them"),
    ])
    func `are refused, each by what is the matter with it`(mode: String, reason: String) async throws {
        let certificates = try TestCertificates.shared.get()
        let server = try FakeServer(mode, certificate: certificates.right)
        var configuration = MySQLConfiguration(
            writer: MySQLEndpoint(host: "localhost", port: server.port),
            user: "sso_provisioner"
        )
        configuration.caFile = certificates.authority
        let provisioner = MySQLProvisioner(configuration, owner: "test", secrets: StaticSecret(Secret("token")))
        let access = SessionAccess(.writing, runId: "test", deadline: .now.advanced(by: .seconds(20)))
        let error = await #expect(throws: SyncError.self) { _ = try await provisioner.openSession(access) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains(reason) == true, "\(error as Any)")
    }
}
