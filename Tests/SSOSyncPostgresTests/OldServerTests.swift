// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Servers before PostgreSQL 15", .timeLimit(.minutes(1)))
struct OldServerTests {
    @Test(arguments: [
        (FakeServer.Mode.old, "runs PostgreSQL 14; 15 or later is needed"),
        (.older, "PostgreSQL 15 or later is needed"),
    ])
    func `a server that is too old is asked nothing, and the run fails with one error that says so`(
        mode: FakeServer.Mode,
        words: String
    ) async throws {
        let certificates = try TestCertificates.shared.get()
        let server = try FakeServer(mode, certificate: certificates.right)
        var configuration = PostgresConfiguration(
            writer: PostgresEndpoint(host: "localhost", port: server.port),
            user: "sso_provisioner"
        )
        configuration.caFile = certificates.authority
        let provisioner = PostgresProvisioner(configuration, owner: "test", secrets: StaticSecret(Secret("prov-pw")))
        let engine = SyncEngine(
            source: InMemoryDirectory(
                id: "d-1",
                now: .now,
                groups: [DirectoryGroup(id: "g-1", name: "dba", members: [])]
            ),
            targets: [
                SyncEngine.Target(
                    policy: Policy(
                        target: "orders",
                        owner: "test",
                        groups: [Policy.GroupRule(group: "dba", roles: ["dba"])]
                    ),
                    provisioner: provisioner
                )
            ]
        )
        let report = await engine.apply()
        let target = try #require(report.targets.first)
        #expect(target.failure?.code == .unsupported)
        #expect(target.failure?.message.contains(words) == true, "\(target.failure as Any)")
        #expect(target.failure?.message.contains("localhost:\(server.port)") == true)
        #expect(target.outcomes.isEmpty && target.plan == nil)
        #expect(report.verdict.exitCode == 4)
        #expect(!server.received().plain.contains(text: "SELECT"))
    }
}
