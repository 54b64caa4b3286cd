// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("The half minute of a notifier", .timeLimit(.minutes(1)))
struct NotifierTimeTests {
    private let dawdler = Dawdler()
    private let settings = Runs.settings([.failure])

    private func client(_ service: AWSService) throws -> AWSClient {
        try AWSClient(service, region: "eu-west-1", credentials: dawdler, transport: CurlTransport(.init()))
    }

    private func expectGivenUp(_ notifier: some Notifier) async throws {
        let error = await #expect(throws: AWSError.self) {
            try await notifier.notify(Runs.report([Runs.failed("orders")]))
        }
        #expect(error?.code == .timedOut, "\(String(describing: error))")
        dawdler.end()
    }

    @Test func `holds for a topic whose credentials never come`() async throws {
        var notifier = SNSNotifier(
            topicArn: "arn:aws:sns:eu-west-1:123456789012:t",
            client: try client(.sns),
            settings: settings
        )
        notifier.timeLimit = .milliseconds(100)
        try await expectGivenUp(notifier)
    }

    @Test func `holds for a bus whose credentials never come`() async throws {
        var notifier = EventBridgeNotifier(bus: "b", client: try client(.eventBridge), settings: settings)
        notifier.timeLimit = .milliseconds(100)
        try await expectGivenUp(notifier)
    }

    @Test func `holds for a webhook whose secret never comes`() async throws {
        var notifier = WebhookNotifier(
            try WebhookNotifier.Endpoint("https://hooks.example.com/"),
            secret: { [dawdler] in
                await dawdler.wait()
                return Secret("late")
            },
            transport: CurlTransport(.init()),
            settings: settings
        )
        notifier.timeLimit = .milliseconds(100)
        try await expectGivenUp(notifier)
    }
}
