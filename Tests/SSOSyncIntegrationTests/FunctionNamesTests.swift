// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// Events about people whose name another person's account has still.
@Suite("The Lambda function and names that pass from one person to another", .timeLimit(.minutes(10)))
struct FunctionNamesTests {
    private static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(17) }

    /// The first person is in a group, and has an account.
    private func story(_ world: World) async throws -> FunctionStory {
        let story = try await FunctionStory(world)
        try await story.aws.join(1, FunctionStory.readers)
        try await story.handle(story.event("AddMemberToGroup", 1, FunctionStory.readers))
        #expect(await world.canLogIn("person1"))
        return story
    }

    /// Gives the second person the first one's name, and a group.
    private func join(_ story: FunctionStory) async throws -> LambdaControlPlane.Report {
        try await story.aws.update(2, "userName", "person1")
        try await story.aws.join(2, FunctionStory.writers)
        return try await story.handle(story.event("AddMemberToGroup", 2, FunctionStory.writers))
    }

    private func user(of account: AccountName, _ world: World) async throws -> UserId? {
        let dba = try await world.server.openAdministrator()
        let state = try await dba.state()
        await dba.close()
        return state[account]?.marker?.user
    }

    @Test(arguments: engines)
    func `somebody new of the name of somebody who was deleted is in after the event, and inherits nothing`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await story(world)
            try await story.aws.delete(1)
            let deletion = #"{"identityStoreId": "\#(story.aws.store)", "userId": "\#(AWSStandIn.id(1))"}"#
            try await story.handle(LambdaEvents.trail("sso-directory", "DeleteUser", deletion))
            #expect(await !world.canLogIn("person1"))
            let joined = try await join(story)
            #expect(joined.metric("Runs") == 1 && joined.metric("Conflicts") == 0)
            #expect(await world.canLogIn("person1"))
            #expect(try await world.rolesHeld(by: "person1") == ["writers"])
            #expect(try await user(of: "person1", world) == UserId(AWSStandIn.id(2)))
        }
    }

    @Test(arguments: engines)
    func
        `somebody new of the name of somebody who was deleted is in, and the other out, although no event told of that`(
            engine: TestEngine
        ) async throws
    {
        try await World.with(engine) { world in
            let story = try await story(world)
            let session = try await world.server.logIn(as: "person1")
            try await story.aws.delete(1)
            let joined = try await join(story)
            #expect(joined.metric("Runs") == 2)
            #expect(await world.canLogIn("person1"))
            #expect(try await world.rolesHeld(by: "person1") == ["writers"])
            #expect(try await user(of: "person1", world) == UserId(AWSStandIn.id(2)))
            await #expect(throws: LostSession.self) { try await session.check() }
        }
    }

    @Test func `nobody is looked at besides for a target that is only planned`() async throws {
        try await World.with(postgres: 17) { world in
            let story = try await story(world)
            let planned = String(decoding: story.configuration, as: UTF8.self)
                .replacing(#""mode": "enforce""#, with: #""mode": "plan""#)
            try story.folder.write(planned, to: "sso-sync.json")
            try await story.aws.delete(1)
            let joined = try await join(story)
            #expect(joined.metric("Runs") == 1 && joined.metric("Conflicts") == 1)
        }
    }

    @Test(arguments: engines)
    func `of two people who swap names both get theirs when an event tells of one`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let story = try await story(world)
            try await story.aws.join(2, FunctionStory.writers)
            try await story.handle(story.event("AddMemberToGroup", 2, FunctionStory.writers))
            for (person, name) in [(1, "other"), (2, "person1"), (1, "person2")] {
                try await story.aws.update(person, "userName", name)
            }
            let update = #"{"identityStoreId": "\#(story.aws.store)", "userId": "\#(AWSStandIn.id(2))"}"#
            try await story.handle(LambdaEvents.trail("sso-directory", "UpdateUser", update))
            #expect(try await world.rolesHeld(by: "person1") == ["writers"])
            #expect(try await world.rolesHeld(by: "person2") == ["readers"])
        }
    }

    @Test(arguments: engines)
    func `two people who are to have one name are looked at once, and the event does not come again`(
        engine: TestEngine
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world, more: #", "accountName": "nickName""#)
            for (person, runs) in [(1, 1), (2, 2)] {
                try await story.aws.update(person, "nickName", "ann")
                try await story.aws.join(person, FunctionStory.readers)
                let report = try await story.handle(story.event("AddMemberToGroup", person, FunctionStory.readers))
                #expect(report.metric("Runs") == Double(runs))
                #expect(try await user(of: "ann", world) == UserId(AWSStandIn.id(1)))
            }
            #expect(await world.canLogIn("ann"))
        }
    }
}
