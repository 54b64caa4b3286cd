// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// Nothing that it is handed crashes or freezes the function, but Lambda ends a process that needs too much memory, and freezes any.
@Suite("A function that is killed, or frozen until its time is up", .timeLimit(.minutes(10)))
struct FunctionCrashTests {
    private static let engines = FleetStory.engines
    private static let signals = [SIGKILL, SIGSTOP]
    /// Seconds that an invocation has.
    private static let timeout = 14.0

    /// How an invocation ends whose process gets the signal.
    private func end(_ signal: Int32) -> String { signal == SIGKILL ? "crash" : "timeout" }

    /// Has a process of the function get a signal once it waits for somebody else's transaction, and ends that.
    ///
    /// - Parameters:
    ///   - account: Whose account somebody else has changed.
    ///   - played: Hands the process its invocations.
    private func play(
        _ signal: Int32,
        in folder: TemporaryFolder,
        waitingFor account: AccountName,
        on world: World,
        _ played: @escaping @Sendable () async throws -> LambdaControlPlane.Report
    ) async throws -> LambdaControlPlane.Report {
        let dba = try await world.server.openAdministrator()
        try await dba.hold([account])
        async let report = played()
        try await eventually("the function waits") { try await dba.isProvisionerWaiting() }
        try folder.send(signal)
        try await dba.letGo()
        await dba.close()
        return try await report
    }

    // MARK: Single

    @Test(arguments: engines, signals)
    func `in the middle of a statement of single, the next process makes up for it`(
        engine: TestEngine,
        signal: Int32
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world, readers: 1)
            _ = try await story.play([LambdaEvents.schedule])
            let session = try await world.server.logIn(as: "person1")
            try await story.aws.leave(1, FunctionStory.readers)
            let batch = try LambdaEvents.batch([story.event("RemoveMemberFromGroup", 1, FunctionStory.readers)])
            let report = try await play(signal, in: story.folder, waitingFor: "person1", on: world) {
                try await story.play([batch, batch], timeout: Self.timeout, starts: 2)
            }
            #expect(report.kinds == [end(signal), "response"], "\(report.output)")
            #expect(report.outcomes.last?.body == LambdaEvents.failures(), "\(report.output)")
            #expect(try await world.mayLogIn("person1") == false)
            #expect(try await world.rolesHeld(by: "person1") == [])
            await #expect(throws: LostSession.self) { try await session.check() }
        }
    }

    // MARK: Control

    /// Whoever gave the order has no answer, and no report says that anything is done: the next plan tells what is left to do.
    @Test(arguments: engines, signals)
    func `in the middle of what was approved, the next plan has the rest`(
        engine: TestEngine,
        signal: Int32
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world, readers: 1)
            _ = try await story.play([LambdaEvents.schedule])
            let session = try await world.server.logIn(as: "person1")
            try await story.aws.leave(1, FunctionStory.readers)
            try await story.aws.join(2, FunctionStory.readers)
            let order = #"{"sso-sync":{"v":1,"do":"plan"}}"#
            let role = ["SSOSYNC_ROLE": "control"]
            let plan = try await story.play([order], environment: role)
            let approved = try ControlAnswer(plan).approved()

            let cut = try await play(signal, in: story.folder, waitingFor: "person1", on: world) {
                try await story.play([approved, order], environment: role, timeout: Self.timeout, starts: 2)
            }
            #expect(cut.kinds == [end(signal), "response"], "\(cut.output)")
            #expect(cut.metric("Runs") == nil && cut.metric("Changes") == nil, "\(cut.output)")
            let left = try ControlAnswer(cut)
            #expect(left.verdict == "changes-pending")
            let applied = try await story.play([try left.approved(), order], environment: role)
            #expect(applied.outcomes.count == 2 && applied.kinds.allSatisfy { $0 == "response" })
            #expect(try ControlAnswer(applied).verdict == "in-sync", "\(applied.output)")
            #expect(try await world.mayLogIn("person1") == false)
            #expect(try await world.rolesHeld(by: "person1") == [])
            await #expect(throws: LostSession.self) { try await session.check() }
            #expect(await world.canLogIn("person2"))
        }
    }

    // MARK: Spoke

    /// - Parameter isFull: Whether it works with the snapshot; else with an excerpt.
    @Test(arguments: engines, signals.flatMap { [($0, false), ($0, true)] })
    func `in the middle of a statement of a spoke, its message comes again and all are in step`(
        engine: TestEngine,
        run: (signal: Int32, isFull: Bool)
    ) async throws {
        let (signal, isFull) = run
        try await World.with(engine) { world in
            let story = try await FleetStory.announced(to: world)
            try await story.deliver()
            let session = try await world.server.logIn(as: "person1")
            try await story.aws.leave(1, FleetStory.readers)
            try await story.aws.join(2, FleetStory.readers)
            let events = [story.event("RemoveMemberFromGroup", 1), story.event("AddMemberToGroup", 2)]
            _ = try await story.playHub([isFull ? LambdaEvents.schedule : try LambdaEvents.batch(events)])
            let spoke = story.spokes[0]
            let batch = try LambdaEvents.batch(try await spoke.queue.drain())

            let report = try await play(signal, in: spoke.folder, waitingFor: "person1", on: world) {
                try await story.play(spoke, [batch, batch], timeout: Self.timeout, starts: 2)
            }
            #expect(report.kinds == [end(signal), "response"], "\(report.output)")
            #expect(report.outcomes.last?.body == LambdaEvents.failures(), "\(report.output)")
            // Nobody was told of what the first has done.
            #expect(report.metric("Runs") == 1, "\(report.output)")
            #expect(try await world.mayLogIn("person1") == false)
            #expect(try await world.rolesHeld(by: "person1") == [])
            await #expect(throws: LostSession.self) { try await session.check() }
            #expect(await world.canLogIn("person2"))
        }
    }

    @Test(arguments: engines, signals)
    func `whoever has left since a spoke ended in the middle of letting them in stays out when its message comes again`(
        engine: TestEngine,
        signal: Int32
    ) async throws {
        try await World.with(engine) { world in
            let story = try await FleetStory([world])
            let spoke = story.spokes[0]
            // There is an account, which is locked.
            for groups in [["Readers"], []] {
                let message = try await story.message(1, in: groups, age: 0)
                _ = try await story.play(spoke, [try LambdaEvents.batch([message])])
            }
            #expect(try await world.mayLogIn("person1") == false)
            let joined = try LambdaEvents.batch([try await story.message(1, in: ["Readers"], age: 0)])
            let cut = try await play(signal, in: spoke.folder, waitingFor: "person1", on: world) {
                try await story.play(spoke, [joined], timeout: Self.timeout)
            }
            #expect(cut.kinds == [end(signal)] && cut.metric("Runs") == nil, "\(cut.output)")

            let left = try LambdaEvents.batch([try await story.message(1, in: [], age: 0)])
            for batch in [left, joined] {
                let report = try await story.play(spoke, [batch])
                #expect(report.outcomes.map(\.body) == [LambdaEvents.failures()], "\(report.output)")
                #expect(try await world.mayLogIn("person1") == false)
                #expect(try await world.rolesHeld(by: "person1") == [])
            }
        }
    }

    // MARK: Notify

    /// Whoever is told twice is better off than who is not told.
    @Test(arguments: signals)
    func `in the middle of telling of dead letters, the next process tells of them`(signal: Int32) async throws {
        var world = try await AWSStandIn.world()
        let topic = try await AWSMessages(world).topic()
        let folder = try TemporaryFolder()
        let own = [
            "SSOSYNC_ROLE": "notify", "SSOSYNC_NOTIFY_TOPIC_ARN": topic.arn, "SSOSYNC_OWNER": "prod",
            "LAMBDA_TASK_ROOT": folder.path, "AWS_LAMBDA_LOG_FORMAT": "JSON",
        ]
        let batch = try LambdaEvents.batch(["x", "y"])
        var delay = AWSStandIn.Fault("delay", of: "Publish")
        delay.seconds = 2 * Self.timeout
        try await world.setFaults([delay])
        let aws = world
        async let played = LambdaControlPlane.play(
            [.init(batch), .init(batch)],
            on: "sso-sync-lambda",
            environment: aws.environment.merging(own) { $1 },
            timeout: Self.timeout
        )
        try await eventually("the function waits") { try await aws.calls().contains { $0.fault == "delay" } }
        try folder.send(signal)
        let report = try await played
        #expect(report.kinds == [end(signal), "response"] && report.starts == 2, "\(report.output)")
        #expect(report.outcomes.last?.body == LambdaEvents.failures(), "\(report.output)")
        #expect(report.violations.isEmpty && report.metric("FailuresTold") == 2 && report.metric("NotTold") == nil)
        let told = try await topic.queue.drain().joined()
        for part in ["message: m-0", "message: m-1"] { #expect(told.contains(part), "\(told)") }
    }

    // MARK: Hub

    /// - Parameters:
    ///   - isFull: Whether it is a full run; else it is an event.
    ///   - operation: What the hub is doing: signing for the second spoke, when it has told the first, say, or writing the snapshot of
    ///     which nobody knows yet.
    @Test(
        arguments: signals,
        [(false, "Sign"), (false, "SendMessage"), (true, "Sign"), (true, "PutObject"), (true, "SendMessage")]
    )
    func `in the middle of a run of a hub, it is invoked again and all spokes are in step`(
        signal: Int32,
        run: (isFull: Bool, operation: String)
    ) async throws {
        // What is signed for one spoke is not what is signed for the other.
        func story(_ worlds: [World]) async throws -> FleetStory {
            try await FleetStory(worlds, mapped: [["Readers", "Writers"], ["Readers"]])
        }
        try await FleetStory.onEachEngine(story) { story in
            var story = story
            try await story.aws.join(1, FleetStory.readers)
            _ = try await story.playHub([LambdaEvents.schedule])
            try await story.deliver()
            try await story.aws.leave(1, FleetStory.readers)
            try await story.aws.join(2, FleetStory.readers)
            let events = [story.event("RemoveMemberFromGroup", 1), story.event("AddMemberToGroup", 2)]
            let payload = run.isFull ? LambdaEvents.schedule : try LambdaEvents.batch(events)

            var delay = AWSStandIn.Fault("delay", of: run.operation, skip: run.isFull ? 0 : 1)
            delay.seconds = 2 * Self.timeout
            try await story.aws.setFaults([delay])
            let fleet = story
            async let played = fleet.playHub([payload, payload], timeout: Self.timeout, starts: 2)
            try await eventually("the hub waits") {
                try await fleet.aws.calls().contains { $0.fault == "delay" }
            }
            try fleet.hub.send(signal)
            let report = try await played
            #expect(report.kinds == [end(signal), "response"], "\(report.output)")
            #expect(report.metric("Runs") == 1 && report.metric("SpokesNotReached") == 0, "\(report.output)")
            if run.isFull {
                #expect(report.metric("GoodFullRuns") == 1)
            } else {
                #expect(report.outcomes.last?.body == LambdaEvents.failures())
            }
            // What both invocations have sent.
            try await fleet.deliver()
            for spoke in fleet.spokes {
                #expect(try await spoke.world.mayLogIn("person1") == false)
                #expect(await spoke.world.canLogIn("person2"))
            }
        }
    }
}
