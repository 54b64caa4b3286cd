// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("The contract of a provisioner")
struct ConformanceTests {
    @Test(arguments: World.engines)
    func `each engine keeps it`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
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
