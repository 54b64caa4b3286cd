// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncPostgres
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Random worlds")
struct RandomWorldTests {
    /// `SSOSYNC_SEEDS=36-200` in the environment tries others.
    static let seeds: ClosedRange<UInt64> = {
        let text = ProcessInfo.processInfo.environment["SSOSYNC_SEEDS"] ?? ""
        let bounds = text.split(separator: "-").compactMap { UInt64($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1] else { return 0...23 }
        return bounds[0]...bounds[1]
    }()

    @Test(arguments: World.postgresVersions)
    func `whatever happens in the directory and whatever a DBA does, a full run puts right what is ours to put right`(
        version: Int
    ) async throws {
        try await World.with(postgres: version, roles: RandomWorld.roles) { world in
            let superuser = try await world.postgres.openSuperuser()
            for seed in Self.seeds {
                let random = RandomWorld(world, superuser, seed: seed)
                do {
                    try await random.play(rounds: 5)
                } catch {
                    Issue.record(
                        "seed \(seed), PostgreSQL \(version): \(error)\n\(random.story.joined(separator: "\n"))"
                    )
                }
                try await random.cleanUp()
            }
        }
    }
}
