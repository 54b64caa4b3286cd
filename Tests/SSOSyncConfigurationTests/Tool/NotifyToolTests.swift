// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncTestSupport
import Testing

/// The program tells people and machines about a target that it cannot reach.
@Suite(.enabled(if: Tool.exists, "the program is not built beside the tests"), .timeLimit(.minutes(3)))
struct NotifyToolTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes a configuration with these notifiers, whose only target is a port on which nobody answers.
    private func configure(_ notifiers: String, others: String = "") throws {
        let text = Sample.yaml("    region: eu-west-1\n    port: 1\n    mode: enforce\n    groups: [dba]")
            .replacing("db.example.com", with: "localhost")
        try folder.write("\(text)\nnotify:\n\(notifiers)\n\(others)", to: "sso-sync.yaml")
        try folder.write("people: []\ngroups: [{ id: g, name: dba, members: [] }]", to: "people.yaml")
    }

    private func apply(_ environment: [String: String]) async throws -> ChildProcess.Outcome {
        var tool = Tool(folder: folder)
        tool.environment = environment.merging(["HOME": folder.path, "AWS_MAX_ATTEMPTS": "1"]) { $1 }
        return try await blocking { [tool] in try tool.run("apply", "--log-format", "text") }
    }

    private func object(_ text: String?) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data((text ?? "{}").utf8)) as? [String: Any] ?? [:]
    }

    @Test func `a topic, a bus and a webhook are told, once as long as there is a memory, and the run is what it was`()
        async throws
    {
        let world = try await AWSStandIn.world()
        let messages = AWSMessages(world)
        let (topic, bus) = (try await messages.topic(), try await messages.bus(source: "sso-sync"))
        let certificates = try TestCertificates.shared.get()
        let server = try await HTTPServer([.init(times: 0)], certificate: certificates.right)
        try folder.write("s3cret\n", to: "secret")
        try configure(
            """
              - sns: { topicArn: "\(topic.arn)" }
              - eventBridge: { bus: \(bus.name), region: \(world.region) }
              - webhook: { urlVariable: HOOK, secretFile: secret, tls: { ca: "\(certificates.authority)" } }
                detail: names
              - log: {}
            """,
            others: "notifyMemory: told.json"
        )
        let environment = world.environment.merging(["HOOK": "https://localhost:\(server.port)/T0/B0"]) { $1 }
        for _ in 0..<2 {
            let outcome = try await apply(environment)
            #expect(outcome.status == 4, "\(outcome)")
            #expect(!outcome.errors.contains("a notifier failed"), "\(outcome.errors)")
        }
        let memory = String(decoding: folder.contents("told.json"), as: UTF8.self)
        #expect(memory.contains(topic.arn) && memory.contains("https://localhost:") && !memory.contains("T0"))
        let mail = try await topic.queue.drain()
        #expect(mail.count == 1)
        #expect(try object(mail.first)["Subject"] as? String == "SSOSync prod: failure on orders")
        let events = try await bus.queue.drain()
        #expect(events.count == 1)
        #expect(try object(events.first)["detail-type"] as? String == "SSOSync Run")
        let requests = try server.requests()
        #expect(requests.map(\.target) == ["/T0/B0"])
        #expect(requests.first?.header("X-SSOSync-Signature")?.hasPrefix("t=") == true)
        let text = try object(requests.first?.body)["text"] as? String
        #expect(text?.contains("the server could not be reached") == true && text?.contains("localhost") == true)
    }

    @Test func `notifiers that fail change no exit code, and the log says why`() async throws {
        var world = try await AWSStandIn.world()
        try await world.setFaults([.error("AccessDeniedException", of: "PutEvents", times: 0)])
        let server = try await HTTPServer([.init(times: 0, status: 500)])
        try configure(
            """
              - sns: { topicArn: "arn:aws:sns:eu-west-1:123456789012:nowhere" }
              - eventBridge: { bus: default, region: eu-west-1 }
              - webhook: { url: "http://127.0.0.1:\(server.port)/T0" }
              - webhook: { urlVariable: NOT_SET }
            """
        )
        let outcome = try await apply(world.environment)
        #expect(outcome.status == 4, "\(outcome)")
        for words in [
            "there is no topic arn:aws:sns:eu-west-1:123456789012:nowhere", "events:PutEvents is denied: allow it on",
            "answered with the status 500", "the environment variable NOT_SET is not set",
        ] {
            #expect(outcome.errors.contains(words), "\(words): \(outcome.errors)")
        }
        // With the slash: before ten o'clock the times in the log have a T0, too.
        #expect(!outcome.errors.contains("/T0"))
    }
}
