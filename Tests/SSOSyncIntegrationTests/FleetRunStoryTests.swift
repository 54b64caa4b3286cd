// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// What `sso-sync fleet --run` says of a hub's runs as its spokes come to them.
@Suite(
    "One run of a hub, as its spokes report it",
    .enabled(if: ServedTool.exists, "the program is not built beside the tests"),
    .timeLimit(.minutes(5))
)
struct FleetRunStoryTests {
    private struct Shown: Decodable, Equatable {
        struct Target: Decodable, Equatable {
            let target: String
            let verdict: String
            let isOfLater: Bool
        }
        let scope: String
        let targets: [Target]
        let missing: [String]
    }

    private func shown(_ run: String, of story: FleetStory) async throws -> (shown: Shown, status: Int32) {
        let tool = try ServedTool(configuration: "", environment: story.aws.environment)
        let outcome = try await tool.run("fleet", story.reports, "--region", story.aws.region, "--run", run, "--json")
        return (try JSONDecoder().decode(Shown.self, from: Data(outcome.output.utf8)), outcome.status)
    }

    /// The hub's runs that have left a report, by whom they have read.
    private func runs(of story: FleetStory) async throws -> [String: String] {
        let texts = try await story.aws.objects(in: story.place.bucket).values.filter {
            $0.contains(#""madeBy":"hub""#)
        }
        return try texts.reduce(into: [:]) { runs, text in
            let run = try #require(text.firstMatch(of: /"run":"([0-9a-f]{16})","scope":"([a-z]+)"/))
            runs[String(run.2)] = String(run.1)
        }
    }

    @Test func `who has reported a run, who was overtaken by a later one, and who has not come to it yet is told`()
        async throws
    {
        try await World.with(postgres: 17) { first in
            try await World.with(.mysql) { second in
                let story = try await FleetStory([first, second], hasReports: true)
                let (early, late) = (story.spokes[0], story.spokes[1])
                try await story.aws.join(1, FleetStory.readers)
                try await story.hub(story.event("AddMemberToGroup", 1))
                let event = try #require(try await runs(of: story)["people"])
                let nobody = try await shown(event, of: story)
                #expect(nobody.shown == Shown(scope: "people", targets: [], missing: ["target-0", "target-1"]))
                #expect(nobody.status == 2)

                _ = try await story.play(early, [try LambdaEvents.batch(try await early.queue.drain())])
                let reported = Shown.Target(target: "target-0", verdict: "in-sync", isOfLater: false)
                #expect(try await shown(event, of: story).shown.targets == [reported])
                #expect(try await shown(event, of: story).shown.missing == ["target-1"])

                // The other has lost the excerpt, and has the next full run alone.
                _ = try await late.queue.drain()
                _ = try await story.playHub([LambdaEvents.schedule])
                let full = try #require(try await runs(of: story)["everyone"])
                #expect(try await shown(full, of: story).shown.missing == ["target-0", "target-1"])
                try await story.deliver()
                let all = ["target-0", "target-1"].map {
                    Shown.Target(target: $0, verdict: "in-sync", isOfLater: false)
                }
                let ended = try await shown(full, of: story)
                #expect(ended.shown == Shown(scope: "everyone", targets: all, missing: []) && ended.status == 0)
                let overtaken = Shown.Target(target: "target-1", verdict: "in-sync", isOfLater: true)
                let past = try await shown(event, of: story)
                #expect(past.shown.targets == [reported, overtaken] && past.shown.missing.isEmpty && past.status == 0)
                #expect(await second.canLogIn("person1"))
            }
        }
    }
}
