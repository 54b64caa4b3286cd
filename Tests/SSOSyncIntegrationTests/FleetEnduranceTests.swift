// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("A function that goes on for long", .timeLimit(.minutes(5)))
struct FleetEnduranceTests {
    /// A spoke; `RoleEnduranceTests` has others.
    @Test(arguments: FleetStory.engines)
    func
        `for a thousand messages, 250 of them of news about people, by one connection that is kept, memory and descriptors stay what they were`(
            engine: TestEngine
        ) async throws
    {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            var payloads: [String] = []
            for number in 0..<250 {
                // Mostly there is nothing to do; somebody joins, and somebody leaves, every now and then.
                let groups = number % 20 < 10 ? [] : ["Readers"]
                let message = try await story.message(
                    number % 10 == 0 ? 1 : 2 + number % 5,
                    in: number % 10 == 0 ? groups : [],
                    age: 0
                )
                // It comes four times, as messages may, and the function runs once for it.
                payloads += Array(repeating: try LambdaEvents.batch([message]), count: 4)
            }
            let before = try await sessions(world)
            let report = try await story.play(story.spokes[0], payloads)
            #expect(report.outcomes.count == 1_000 && report.starts == 1)
            #expect(report.outcomes.allSatisfy { $0.body == LambdaEvents.failures() })
            #expect(report.metric("Runs") == 250)
            #expect(try #require(report.metric("Changes")) >= 25)
            #expect(try await sessions(world) - before <= 4)
            #expect(report.samples.count == 20)
            let growth = try #require(report.growth(since: 3))
            #expect(growth.descriptors == 0, "\(report.samples)")
            // Allocators keep a little here and there: 3 MiB would be 3 KB for each of them.
            #expect(growth.resident < 3_072, "\(report.samples)")
        }
    }

    /// How many sessions there have been on the server, those of these questions included.
    private func sessions(_ world: World) async throws -> Int {
        let rows =
            switch world.engine {
            case .postgres:
                try await world.postgres.superuser("SELECT sum(sessions) FROM pg_stat_database")
            case .mysql:
                try await world.mysql.superuser(
                    "SELECT variable_value FROM performance_schema.global_status WHERE variable_name = 'Connections'"
                )
            }
        return try #require(rows.first.flatMap { Int($0) })
    }
}
