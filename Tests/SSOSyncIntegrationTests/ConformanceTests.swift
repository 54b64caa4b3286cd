// SPDX-License-Identifier: Apache-2.0

import SSOSyncTesting
import Testing

@Suite("The contract of a provisioner")
struct ConformanceTests {
    @Test(arguments: World.versions)
    func `PostgreSQL keeps it`(version: Int) async throws {
        try await World.with(version) { world in
            let suite = ProvisionerConformance(
                world.provisioner(),
                owner: World.owner,
                directory: World.directoryId,
                roles: world.roles
            )
            try await suite.checkAll()
        }
    }
}
