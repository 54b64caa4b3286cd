// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncTestSupport
import Testing

/// The program keeps the report of a run on a target that it cannot reach.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(3)))
struct ReportToolTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ verb: String, _ world: AWSStandIn.World, _ bucket: String) async throws -> ChildProcess.Outcome {
        let target = "    region: eu-west-1\n    port: 1\n    mode: enforce\n    groups: [dba]"
        let text = Sample.yaml(target).replacing("db.example.com", with: "localhost")
        let reports = "reports: { s3: \"s3://\(bucket)/\", region: \(world.region) }"
        try folder.write("\(text)\n\(reports)\n", to: "sso-sync.yaml")
        try folder.write("people: []\ngroups: [{ id: g, name: dba, members: [] }]", to: "people.yaml")
        var tool = Tool(folder: folder)
        tool.environment = world.environment.merging(["HOME": folder.path, "AWS_MAX_ATTEMPTS": "1"]) { $1 }
        return try await blocking { [tool] in try tool.run(verb, "--format", "json") }
    }

    @Test func `a run's report is kept, and that of a plan is not`() async throws {
        let world = try await AWSStandIn.world()
        let bucket = try await world.makeBucket()
        #expect(try await run("plan", world, bucket).status == 4)
        #expect(try await world.objects(in: bucket).isEmpty)
        let outcome = try await run("apply", world, bucket)
        #expect(outcome.status == 4, "\(outcome)")
        let kept = try await world.objects(in: bucket)
        let (key, text) = try #require(kept.first)
        let id = try #require(try #/"run":"([0-9a-f]{16})"/#.firstMatch(in: outcome.output)).1
        #expect(
            kept.count == 1
                && key.wholeMatch(of: /[0-9]{4}\/[0-9]{2}\/[0-9]{2}\/[0-9]{6}Z-prod-[0-9a-f]{16}\.json/) != nil
        )
        #expect(key.hasSuffix("-\(id).json") && text.contains(#""run":"\#(id)""#))
        #expect(text.contains(#""madeBy":"command""#))
        #expect(text.contains(#""server":"123456789012 eu-west-1 localhost:1""#), "\(text)")
        #expect(try await world.calls().allSatisfy(\.verified))
    }

    @Test func `a report that cannot be kept is told, and the run is what it was`() async throws {
        let world = try await AWSStandIn.world()
        let outcome = try await run("apply", world, "no-\(world.store.dropFirst(2))")
        #expect(outcome.status == 4)
        #expect(outcome.errors.contains("a notifier failed: ReportArchive: "), "\(outcome.errors)")
        #expect(outcome.output.contains(#""notifierFailures":["ReportArchive: "#), "\(outcome.output)")
    }
}
