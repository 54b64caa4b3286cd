// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import Testing

@Suite("Proxies")
struct ProxyTests {
    private struct Untouched: LoginSecretProvider {
        func secret(host: String, port: Int, user: String) async throws -> Secret {
            Issue.record("a secret was made for \(host)")
            return Secret("")
        }
    }

    @Test(arguments: ["writer", "reader"])
    func `an RDS Proxy endpoint is refused before a secret is made`(role: String) async throws {
        let proxy = PostgresEndpoint(host: "orders.proxy-abcdefghijkl.eu-west-1.rds.amazonaws.com")
        let own = PostgresEndpoint(host: "orders.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com")
        var configuration = PostgresConfiguration(writer: role == "writer" ? proxy : own, user: "sso_provisioner")
        if role == "reader" { configuration.readers = [proxy] }
        let provisioner = PostgresProvisioner(configuration, owner: "test", secrets: Untouched())
        let access = SessionAccess(.reading, runId: "test", deadline: .now.advanced(by: .seconds(10)))
        let error = await #expect(throws: SyncError.self) { _ = try await provisioner.openSession(access) }
        #expect(error?.code == .unsupported)
    }
}
