// SPDX-License-Identifier: Apache-2.0

import InMemoryLogging
import Logging
import SSOSyncAWS
import SSOSyncConfiguration
import SSOSyncFunction
import SSOSyncTestSupport
import Testing

/// How much of what waits for the turn of everyone a service holds.
@Suite("What a service holds", .timeLimit(.minutes(5)))
struct ServiceHoldingTests {
    /// Has a service hold one message that waits for the turn of everyone, which is a minute after the last one.
    ///
    /// - Parameters:
    ///   - more: How many bytes more than that message it may hold before it receives nothing any more.
    ///   - body: Gets what the service logs.
    private func holding(
        more: Int,
        _ body: (FunctionStory, InMemoryLogHandler) async throws -> Void
    ) async throws {
        try await World.with(postgres: 17) { world in
            let story = try await FunctionStory(world)
            let deletion = #"{"identityStoreId": "\#(story.aws.store)", "membershipId": "m"}"#
            let message = LambdaEvents.trail("identitystore", "DeleteGroupMembership", deletion)
            let environment = story.aws.environment.merging(["AWS_REGION": story.aws.region]) { $1 }
            let aws = AWSAccess(environment: environment)
            let documents = DocumentReader()
            let path = story.folder.file("sso-sync.json")
            let configuration = try ConfigurationFile(path: path, documents: documents)
            let log = InMemoryLogHandler()
            let logger = Logger(label: "test") { _ in log }
            let assembly = try Assembly(
                configuration,
                aws: aws,
                environment: environment,
                documents: documents,
                logger: logger
            )
            var options = SyncService.Options()
            options.queue = try EventQueue(story.queue.queueURL, aws: aws)
            options.mostHeld = message.utf8.count + more
            let service = SyncService((configuration, assembly), options: options, logger: logger)
            let running = Task { await service.run() }
            defer { running.cancel() }
            for number in 1...2 {
                try await story.queue.sendMessage(message)
                try await eventually("message \(number) has come") { log.batches.count == number }
            }
            #expect(try await story.messages() == ["": 0, "NotVisible": 1, "Delayed": 1])
            try await body(story, log)
            let asked = ContinuousClock.now
            running.cancel()
            await running.value
            #expect(asked.duration(to: .now) < .seconds(10))
        }
    }

    private func join(_ story: FunctionStory) async throws {
        try await story.aws.join(1, FunctionStory.readers)
        try await story.queue.sendMessage(story.event("AddMemberToGroup", 1, FunctionStory.readers))
    }

    @Test func `below the bound what comes is received, and looked at together with what waits`() async throws {
        try await holding(more: 1) { story, log in
            try await join(story)
            try await eventually("the event has come") { log.batches.count == 3 }
            #expect(log.batches == [1, 1, 2])
        }
    }

    @Test func `at the bound nothing is received before the turn of everyone, and what has come since is after it`()
        async throws
    {
        try await holding(more: 0) { story, log in
            try await join(story)
            try await eventually("all is done with", within: .seconds(90)) {
                let messages = try await story.messages()
                return messages[""] == 0 && messages["NotVisible"] == 0
            }
            #expect(log.batches == [1, 1, 1, 1])
        }
    }

    @Test func `at the bound it ends when it is asked to, and gives back what it holds`() async throws {
        var story: FunctionStory?
        try await holding(more: 0) { held, _ in
            try await join(held)
            story = held
        }
        #expect(try await story?.messages() == ["": 2, "NotVisible": 0, "Delayed": 1])
    }
}

extension InMemoryLogHandler {
    /// How many messages there were in each batch that was handled.
    fileprivate var batches: [Int] {
        entries.filter { $0.message == "a batch of messages is handled" }
            .compactMap { $0.metadata["messages"].flatMap { Int("\($0)") } }
    }
}
