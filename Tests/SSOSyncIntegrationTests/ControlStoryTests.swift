// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// The function in the role *control*, as somebody invokes it who approves what it plans.
@Suite("The Lambda function in the role control", .timeLimit(.minutes(10)))
struct ControlStoryTests {
    private static let engines = World.engines.filter { $0 == .mysql || $0 == .postgres(17) }

    private func order(_ members: String) -> String { #"{"sso-sync":{"v":1,\#(members)}}"# }

    private func play(
        _ story: FunctionStory,
        _ payload: String,
        timeout: Double = 60
    ) async throws -> LambdaControlPlane.Report {
        try await story.play([payload], environment: ["SSOSYNC_ROLE": "control"], timeout: timeout)
    }

    private func ask(_ story: FunctionStory, _ payload: String, timeout: Double = 60) async throws -> ControlAnswer {
        let report = try await play(story, payload, timeout: timeout)
        #expect(report.kinds == ["response"], "\(report.output)")
        return try ControlAnswer(report)
    }

    @Test(arguments: engines)
    func `what was approved is applied, and nothing else once the world has moved`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world)
            try await story.aws.join(1, FunctionStory.readers)
            let plan = try await ask(story, order(#""do":"plan""#))
            #expect(plan.verdict == "changes-pending")
            #expect(await !world.canLogIn("person1"))

            let altered = try await play(story, plan.approved(hash: String(repeating: "0", count: 64)))
            #expect(altered.outcomes.map(\.errorType) == ["Function.NotApproved"])
            #expect(altered.metric("NotApproved") == 1 && altered.metric("Runs") == nil)
            #expect(try await world.mayLogIn("person1") == nil)

            #expect(try await ask(story, plan.approved()).verdict == "in-sync")
            #expect(await world.canLogIn("person1"))

            try await story.aws.join(2, FunctionStory.readers)
            let second = try await ask(story, order(#""do":"plan""#))
            try await story.aws.join(3, FunctionStory.readers)
            #expect(try await ask(story, second.approved()).verdict == "partial-failure")
            #expect(try await world.mayLogIn("person2") == nil)
            #expect(try await world.mayLogIn("person3") == nil)
        }
    }

    @Test(arguments: engines)
    func `the brake is released for exactly the removals whose hash is given`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let story = try await FunctionStory(world, removals: 1)
            for person in 1...3 { try await story.aws.join(person, FunctionStory.readers) }
            _ = try await story.play([LambdaEvents.schedule])
            #expect(await world.canLogIn("person1"))
            for person in 1...2 { try await story.aws.leave(person, FunctionStory.readers) }

            let plan = try await ask(story, order(#""do":"plan""#))
            #expect(plan.verdict == "braked")
            let other = try await ask(story, order(#""do":"release-brake","hash":"0000000000000000""#))
            #expect(other.verdict == "braked")
            #expect(await world.canLogIn("person1"))

            let hash = try plan.removalsHash()
            #expect(try await ask(story, order(#""do":"release-brake","hash":"\#(hash)""#)).verdict == "in-sync")
            #expect(await !world.canLogIn("person1"))
            #expect(await world.canLogIn("person3"))
        }
    }

    /// What is left then does not grow with people: figures, and a hash for each target.
    @Test func `a plan with more to tell than Lambda takes is answered without its report, and can be approved`()
        async throws
    {
        try await World.with(postgres: 17) { world in
            let story = try await FunctionStory(world)
            // One person can be let in; the others have names as long as there are in the directory, and longer than the server takes.
            let people = (1...18_000).map { number -> [String: String] in
                let name = "person\(number)"
                return [
                    "id": AWSStandIn.id(number),
                    "userName": number == 1 ? name : name + String(repeating: "x", count: 128 - name.count),
                ]
            }
            let groups: [[String: Any]] = [
                ["id": FunctionStory.readers, "name": "Readers", "members": people.compactMap { $0["id"] }],
                ["id": FunctionStory.writers, "name": "Writers", "members": [String]()],
            ]
            let directory: [String: Any] = ["people": people, "groups": groups]
            try story.folder.write(
                bytes: Array(try JSONSerialization.data(withJSONObject: directory)),
                to: "people.json"
            )
            let configuration = String(decoding: story.configuration, as: UTF8.self)
                .replacing(/"identityCenter": \{.*\}/, with: #""file": { "path": "people.json" }"#)
            try story.folder.write(configuration, to: "sso-sync.json")
            let plan = try await ask(story, order(#""do":"plan""#), timeout: 180)
            #expect(plan.verdict == "changes-pending" && plan.body["report"] == nil)
            #expect((plan.body["note"] as? String)?.contains("the report is left out: with it the answer has ") == true)
            #expect(try plan.approved().utf8.count < 1_000)
        }
    }

    @Test(arguments: engines)
    func `the doctor's answer is what the command line prints`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            let answer = try await ask(try await FunctionStory(world), order(#""do":"doctor""#))
            let parts = try #require(answer.body["parts"] as? [[String: Any]])
            #expect(parts.compactMap { $0["name"] as? String }.suffix(1) == ["target orders"])
        }
    }
}
