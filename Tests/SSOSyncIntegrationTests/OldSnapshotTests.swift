// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// Whoever runs on a snapshot by hand, while the hub writes no new one.
@Suite("A snapshot that is old", .timeLimit(.minutes(5)))
struct OldSnapshotTests {
    private static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(17) }

    /// A directory as it was once.
    private struct Reading: IdentitySource {
        let directory: Directory

        func directory(_ request: DirectoryRequest) -> Directory { directory }
    }

    @Test(arguments: engines)
    func `after a quarter of an hour control lets nobody in by it, and locks whoever has left all the same`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            let long = Reading(directory: story.reading([1], age: 2_000))
            let policy = Policy(
                target: "target-0",
                owner: "test",
                mode: .enforce,
                groups: [Policy.GroupRule(group: "Readers", pinnedId: GroupId(FleetStory.readers), roles: ["readers"])]
            )
            let joined = await SyncEngine(
                source: long,
                targets: [SyncEngine.Target(policy: policy, provisioner: world.provisioner())],
                now: { long.directory.asOf }
            ).apply()
            #expect(joined.verdict == .inSync)

            func release() async throws -> LambdaControlPlane.Report {
                try await story.play(
                    story.spokes[0],
                    [#"{"sso-sync":{"v":1,"do":"release-brake","hash":"0000000000000000"}}"#],
                    environment: ["SSOSYNC_ROLE": "control"]
                )
            }
            try await story.write(story.reading([2], age: 901))
            let late = try await release()
            #expect(late.outcomes.first?.body.contains(#""verdict":"changes-pending""#) == true, "\(late.outcomes)")
            #expect(try await world.mayLogIn("person1") == false)
            #expect(try await world.mayLogIn("person2") == nil)

            try await story.write(story.reading([2], age: 0))
            let fresh = try await release()
            #expect(fresh.outcomes.first?.body.contains(#""verdict":"in-sync""#) == true, "\(fresh.outcomes)")
            #expect(await world.canLogIn("person2"))
        }
    }
}
