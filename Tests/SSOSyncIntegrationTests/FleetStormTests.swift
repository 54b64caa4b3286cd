// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("A storm of events, with a hub", .timeLimit(.minutes(10)))
struct FleetStormTests {
    @Test(arguments: FleetStory.engines)
    func `5,000 events for 500 people are a few readings, and one run of a spoke, after which all of them are in`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world], people: 1_000, readers: 500, joins: 1_000)
            let batches = try LambdaEvents.storm(group: FleetStory.readers, store: story.aws.store)
            let hub = try await story.playHub(batches)
            #expect(hub.outcomes.map(\.body) == batches.map { _ in LambdaEvents.failures() }, "\(hub.output)")
            // One for each batch, the last of them after its turn had come.
            #expect(try #require(hub.metric("Runs")) <= 5)
            #expect(try #require(hub.metric("DirectoryRequests")) <= 300)
            // What each has sent is of the same people, so that nobody is read in what is older than the last.
            let spoke = try await story.deliver()[0]
            #expect(spoke.metric("Runs") == 1 && spoke.metric("Changes") == 500)
            for person in [1, 250, 500] { #expect(await world.canLogIn(AccountName("person\(person)"))) }
            #expect(try await world.mayLogIn("person501") == nil)
        }
    }
}
