// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// On Lambda with SnapStart no keys are in the environment: what was there when the snapshot was made would be used for ever.
@Suite("A function that has its credentials from an endpoint", .timeLimit(.minutes(5)))
struct FunctionCredentialsTests {
    @Test(arguments: FleetStory.engines)
    func `signs calls and logs in by them, and asks for them once`(engine: TestEngine) async throws {
        try await World.with(engine) { world in
            var story = try await FunctionStory(world)
            let end = Timestamp.now.advanced(bySeconds: 3_600)
            let answer = """
                {"AccessKeyId":"\(story.aws.accessKeyId)","SecretAccessKey":"\(story.aws.secretAccessKey)","Expiration":"\(end)"}
                """
            let endpoint = try await HTTPServer([HTTPServer.Reply(times: 0, body: answer)])
            story.variables.merge([
                "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(endpoint.port)/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "s3cr3t-bearer",
            ]) { $1 }
            for person in [1, 2] { try await story.aws.join(person, FunctionStory.readers) }
            let report = try await story.play(
                try [1, 2].map { try LambdaEvents.batch([story.event("AddMemberToGroup", $0, FunctionStory.readers)]) }
            )
            #expect(
                report.outcomes.map(\.body) == [LambdaEvents.failures(), LambdaEvents.failures()],
                "\(report.output)"
            )
            for account in ["person1", "person2"] as [AccountName] { #expect(await world.canLogIn(account)) }
            let calls = try await story.aws.calls()
            #expect(calls.count >= 6 && calls.allSatisfy(\.verified))
            let asked = try endpoint.requests()
            #expect(asked.count == 1, "what is good for an hour is kept")
            #expect(asked.allSatisfy { $0.header("Authorization") == "s3cr3t-bearer" })
            #expect(!report.output.contains { $0.contains("s3cr3t") })
        }
    }
}
