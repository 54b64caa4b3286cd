// SPDX-License-Identifier: Apache-2.0

import InMemoryLogging
import Logging
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncConfiguration

/// Who is told how a run went: what the configuration says, and what is made of it.
struct NotifierConfigurationTests {
    private let folder: TemporaryFolder
    private let topic = "arn:aws:sns:eu-west-1:111111111111:sso-sync"

    init() throws { folder = try TemporaryFolder() }

    private func notify(_ text: String) throws -> [NotifierConfiguration] {
        try Sample.configuration(Sample.yaml() + "\nnotify: [\(text)]", file: "c.yaml").notify
    }

    @Test func `a notifier is told of failures and of the brake, without names, unless somebody says otherwise`() throws
    {
        let usual = NoticeConfiguration(kinds: [.failure, .brake], detail: .counts)
        #expect(try notify("{ sns: { topicArn: \"\(topic)\" } }") == [.sns(topicArn: topic, usual)])
        let others = "{ eventBridge: { bus: default }, on: [recovered, changes, changes], detail: names }"
        let more = NoticeConfiguration(kinds: [.changes, .recovered], detail: .names)
        #expect(try notify(others) == [.eventBridge(bus: "default", region: nil, more)])
        let webhook = "{ webhook: { url: \"https://a.example.com/x\", secretFile: s, tls: { ca: c.pem } } }"
        let expected = WebhookConfiguration(
            url: .text("https://a.example.com/x"),
            secret: .file("s"),
            certificateFile: "c.pem"
        )
        #expect(try notify(webhook) == [.webhook(expected, usual)])
    }

    @Test(arguments: [
        ("{ sns: {} }", "notify[0].sns: topicArn is missing: the topic's ARN"),
        ("{ log: {}, on: [failure] }", "notify[0].on: the log is told everything, by counts: leave on out"),
        (
            "{ log: {}, sns: {} }",
            "notify[0]: expected exactly one of sns, eventBridge, webhook, log, for example log: {}"
        ),
        (
            "{ sns: { topicArn: sso-sync } }",
            #"notify[0].sns.topicArn: expected a topic such as arn:aws:sns:eu-west-1:111111111111:sso-sync, found "sso-sync""#
        ),
        (
            "{ eventBridge: { bus: default }, on: [failures] }",
            #"notify[0].on[0]: expected one of failure, brake, conflict, changes, recovered, found "failures", did you mean "failure"?"#
        ),
        (
            "{ eventBridge: { bus: \"arn:aws:events:eu-west-1:111111111111:event-bus/a\", region: eu-west-2 } }",
            "notify[0].eventBridge.region: the bus is in eu-west-1, as its ARN says: leave region out"
        ),
        (
            "{ webhook: { url: \"http://hooks.example.com/TEAM/HOOK\" } }",
            "notify[0].webhook.url: a webhook's url has to begin with https://"
        ),
        ("{ webhook: { secretFile: s } }", "notify[0].webhook: expected exactly one of url, urlFile and urlVariable"),
        (
            "{ webhook: { urlFile: u, secretFile: s, secretVariable: S } }",
            "notify[0].webhook.secretFile: expected only one of secretFile and secretVariable"
        ),
    ])
    func `what is wrong is told in one clear sentence, without a webhook's address`(
        text: String,
        problem: String
    ) throws {
        let problems = try Sample.problems(Sample.yaml() + "\nnotify: [\(text)]")
        #expect(problems == ["c.yaml:11: \(problem)"])
        #expect(!problems.joined().contains("TEAM"))
    }

    /// The notifiers of a configuration, and what was logged while they were made.
    private func assemble(
        _ notifiers: String,
        environment: [String: String] = [:]
    ) throws -> (notifier: (any Notifier)?, log: InMemoryLogHandler) {
        let text = Sample.yaml("    region: eu-west-1\n    groups: [dba]") + "\nnotify: [\(notifiers)]"
        let file = try folder.write(text, to: "c.yaml")
        let log = InMemoryLogHandler()
        let assembly = try Assembly(
            ConfigurationFile(path: file, documents: Sample.documents),
            environment: environment,
            documents: Sample.documents,
            logger: Logger(label: "test") { _ in log }
        )
        return (assembly.notifier, log)
    }

    @Test(arguments: [
        ("{ eventBridge: { bus: default } }", "the Region is not known: give region, or set AWS_REGION"),
        ("{ webhook: { urlVariable: HOOK } }", "the environment variable HOOK is not set"),
        ("{ webhook: { urlFile: nowhere } }", "nowhere does not exist"),
        ("{ webhook: { url: \"https://127.0.0.1:1/\", secretFile: nowhere } }", "nowhere does not exist"),
    ])
    func `what is missing for a notifier is logged, keeps no run from its work, and fails the notifier each time`(
        text: String,
        problem: String
    ) async throws {
        let (notifier, log) = try assemble(text + ", { log: {} }")
        #expect(log.entries.map { "\($0.message)" }.contains { $0.hasSuffix(problem) }, "\(log.entries)")
        let composite = try #require(notifier)
        let error = await #expect(throws: CompositeNotifier.Failures.self) {
            try await composite.notify(World.report(.apply, [TargetReport(target: "a", failure: SyncError(.tls, "x"))]))
        }
        #expect(error?.messages.count == 1)
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
        #expect(log.entries.contains { "\($0.message)" == "target failed: x" })
    }

    // MARK: The memory

    private let bad = World.report(.apply, [TargetReport(target: "a", failure: SyncError(.tls, "x"))])

    /// How many of two processes say something about the same run.
    private func told(_ memories: [any TroubleMemoryStore]) async throws -> Int {
        let count = Locked(0)
        for memory in memories {
            let delivery = NoticeDelivery(name: "x", settings: NoticeSettings(owner: "prod"), memory: memory)
            try await delivery.deliver(bad) { _ in count.withLock { $0 += 1 } }
        }
        return count.withLock { $0 }
    }

    @Test func `a file remembers what another process told`() async throws {
        let path = folder.file("told.json")
        #expect(try await told([TroubleMemoryFile(path: path), TroubleMemoryFile(path: path)]) == 1)
        #expect(try await told([ProcessTroubleMemory(), ProcessTroubleMemory()]) == 2)
        let text = String(decoding: folder.contents("told.json"), as: UTF8.self)
        #expect(text.hasPrefix(#"{"notifiers":{"x failure,brake counts":"#), "\(text)")
    }

    @Test func `a file that is damaged is told of, and begun anew`() async throws {
        let path = try folder.write("{", to: "told.json")
        await #expect(throws: TroubleMemoryFile.Failure.self) { try await told([TroubleMemoryFile(path: path)]) }
        #expect(try await told([TroubleMemoryFile(path: path)]) == 0)
    }

    @Test func `a file that cannot be written is told of`() async throws {
        let memory = TroubleMemoryFile(path: folder.file("nowhere/told.json"))
        await #expect(throws: TroubleMemoryFile.Failure.self) { try await told([memory]) }
    }

    @Test func `processes that tell something at the same time lose nothing of each other`() async throws {
        let path = folder.file("told.json")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    // A lock on a file keeps whoever has opened it anew out, within one process as between two.
                    let memory = TroubleMemoryFile(path: path)
                    let report = World.report(
                        .apply,
                        [TargetReport(target: TargetName("t\(number)"), failure: SyncError(.tls, "x"))]
                    )
                    let settings = NoticeSettings(owner: "prod")
                    try await NoticeDelivery(name: "\(number % 4)", settings: settings, memory: memory)
                        .deliver(report) { _ in }
                }
            }
            try await group.waitForAll()
        }
        let text = String(decoding: folder.contents("told.json"), as: UTF8.self)
        for number in 0..<40 { #expect(text.contains("\"t\(number)\""), "\(number) is lost") }
    }

    @Test func `a file takes what a target is in step with only from the last run that has forgotten it`() async throws
    {
        // As if in two processes, of which one has lost its lock.
        let path = folder.file("rests.json")
        let (first, second) = (TroubleMemoryFile(path: path), TroubleMemoryFile(path: path))
        let rest = Rest(fingerprint: "f", until: World.now)
        try await first.keep(rest, of: "orders", run: "1")
        #expect(try await first.rest(of: "orders") == nil)
        try await first.forget("orders", run: "1")
        try await second.forget("orders", run: "2")
        try await first.keep(rest, of: "orders", run: "1")
        #expect(try await second.rest(of: "orders") == nil)
        try await second.keep(rest, of: "orders", run: "2")
        #expect(try await first.rest(of: "orders") == rest)
        #expect(try await first.rest(of: "invoices") == nil)
        try await second.forget("orders", run: "3")
        #expect(try await first.rest(of: "orders") == nil)
    }

    @Test func `notifiers that are told at the same time keep their memories apart in one file`() async throws {
        let memory = TroubleMemoryFile(path: folder.file("told.json"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let settings = NoticeSettings(owner: "prod")
                    try await NoticeDelivery(name: "\(number)", settings: settings, memory: memory).deliver(bad) { _ in
                    }
                }
            }
            try await group.waitForAll()
        }
        for number in 0..<20 {
            #expect(try await !memory.memory(of: "\(number) failure,brake counts").isEmpty)
        }
    }
}
