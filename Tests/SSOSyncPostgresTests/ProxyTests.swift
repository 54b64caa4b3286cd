// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

@Suite("Endpoints that are no one server")
struct ProxyTests {
    private struct Untouched: LoginSecretProvider {
        func secret(host: String, port: Int, user: String) async throws -> Secret {
            Issue.record("a secret was made for \(host)")
            return Secret("")
        }
    }

    private func refusal(
        writer: String = "orders.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com",
        readers: [String] = []
    ) async -> SyncError? {
        var configuration = PostgresConfiguration(writer: PostgresEndpoint(host: writer), user: "sso_provisioner")
        configuration.readers = readers.map { PostgresEndpoint(host: $0) }
        let provisioner = PostgresProvisioner(configuration, owner: "test", secrets: Untouched())
        let access = SessionAccess(.reading, runId: "test", deadline: .now.advanced(by: .seconds(10)))
        return await #expect(throws: SyncError.self) { _ = try await provisioner.openSession(access) }
    }

    @Test(arguments: ["writer", "reader"])
    func `an RDS Proxy endpoint is refused before a secret is made`(role: String) async throws {
        let proxy = "orders.proxy-abcdefghijkl.eu-west-1.rds.amazonaws.com"
        let error = await role == "writer" ? refusal(writer: proxy) : refusal(readers: [proxy])
        #expect(error?.code == .unsupported)
    }

    @Test(arguments: SharedEndpoints.names)
    func `an endpoint that leads to another reader each time is refused before a secret is made`(name: String) async {
        let error = await refusal(readers: ["one.abcdefghijkl.eu-west-1.rds.amazonaws.com", name])
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("name the endpoint of each reader instance") == true)
    }
}
