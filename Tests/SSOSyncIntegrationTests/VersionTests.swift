// SPDX-License-Identifier: Apache-2.0

import SSOSyncPostgres
import SSOSyncTestSupport
import Testing

@Suite("Versions of PostgreSQL")
struct VersionTests {
    @Test(.enabled(if: World.postgresVersions.contains(PostgresVersions.optional), "\(PostgresVersions.whyNot)"))
    func `tests run on PostgreSQL 18 too`() async throws {
        try await expectServer(of: PostgresVersions.optional)
    }

    @Test(arguments: [15, 17]) func `tests run on PostgreSQL 15 and 17`(version: Int) async throws {
        #expect(World.postgresVersions.contains(version))
        try await expectServer(of: version)
    }

    private func expectServer(of version: Int) async throws {
        try await World.with(postgres: version) { world in
            let superuser = try await world.postgres.openSuperuser()
            #expect(superuser.serverVersion / 10_000 == version)
        }
    }
}
