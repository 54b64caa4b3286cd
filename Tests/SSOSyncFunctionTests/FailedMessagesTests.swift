// SPDX-License-Identifier: Apache-2.0

import Foundation
import InMemoryLogging
import Logging
import SSOSyncAWS
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncLambdaRuntime
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@testable import SSOSyncFunction

/// A queue, and what it was asked for.
private struct NotedQueue: HTTPTransport {
    private struct Change: Decodable {
        struct Entry: Decodable {
            let ReceiptHandle: String
            let VisibilityTimeout: Int
        }

        let Entries: [Entry]
    }

    private let bodies = Locked<[[UInt8]]>([])

    /// What it answers to a call, by its number and how many have come by now: by default it takes everything.
    var answer: @Sendable (_ number: Int, _ calls: () -> Int) async throws -> HTTPResponse = { _, _ in .text("{}") }

    func send(_ request: HTTPRequest, deadline: ContinuousClock.Instant?) async throws -> HTTPResponse {
        let number = bodies.withLock { bodies in
            bodies.append(request.body)
            return bodies.count - 1
        }
        return try await answer(number) { bodies.withLock(\.count) }
    }

    /// In how many seconds each message is to come again, by its receipt handle.
    var delays: [String: Int] {
        get throws {
            let changes = try bodies.withLock { $0 }.map { try JSONDecoder().decode(Change.self, from: Data($0)) }
            let entries = changes.flatMap(\.Entries).map { ($0.ReceiptHandle, $0.VisibilityTimeout) }
            return try Dictionary(entries) { _, _ in throw CocoaError(.coderInvalidValue) }
        }
    }
}

extension HTTPResponse {
    fileprivate static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, body: Array(text.utf8))
    }
}

@Suite("When what has failed comes again")
struct FailedMessagesTests {
    private let store = "d-1234567890"
    private let directory = InMemoryDirectory(id: "d-1", now: .now)

    private func queue(_ transport: NotedQueue) throws -> SQSClient {
        let client = try AWSClient(
            .sqs,
            region: "eu-west-1",
            credentials: StaticCredentialsProvider(Credentials(accessKeyId: "AKID", secretAccessKey: "secret")),
            transport: transport
        )
        return SQSClient(queueURL: "https://sqs.eu-west-1.amazonaws.com/111122223333/events", client: client)
    }

    /// Hands a function whose readings fail messages that have come so often.
    ///
    /// - Returns: In how many seconds they come again.
    private func delays(_ bodies: [String], receiveCount: Int, _ work: NotedWork) async throws -> [String: Int] {
        let transport = NotedQueue()
        let configuration = try ConfigurationFile(
            DocumentReader().document(Array(FunctionFolder.configuration.utf8), file: "c.json"),
            path: "c.json"
        )
        let function = DirectoryFunction(
            configuration,
            work,
            queue: try queue(transport),
            logger: Logger(label: "test")
        )
        let batch = try QueueBatch(Array(LambdaEvents.batch(bodies, receiveCount: receiveCount).utf8))
        var metrics = EmbeddedMetrics(deployment: "test")
        let answer = await function.answer(batch, TimeBudget(lasting: .seconds(20), patience: .seconds(1)), &metrics)
        #expect(answer == batch.response(failed: Set(batch.messages.map(\.id))))
        return try transport.delays
    }

    /// The same of the events of one person and of anybody.
    private func delays(receiveCount: Int) async throws -> [String: Int] {
        let (person, group) = (AWSStandIn.id(1), AWSStandIn.id(2))
        let bodies = [
            LambdaEvents.membership("AddMemberToGroup", person: person, group: group, store: store),
            LambdaEvents.trail(
                "identitystore",
                "DeleteGroupMembership",
                #"{"identityStoreId": "\#(store)", "membershipId": "m"}"#
            ),
        ]
        let work = NotedWork(source: directory, groups: []) { _ in .failed }
        return try await delays(bodies, receiveCount: receiveCount, work)
    }

    @Test(arguments: [(1, 20), (2, 40), (4, 160)])
    func `of somebody later each time, and of everyone when everyone may be read, as it may have waited before`(
        count: Int,
        ofPerson: Int
    ) async throws {
        let delays = try await delays(receiveCount: count)
        #expect(delays["receipt-0"] == ofPerson)
        // A minute after the last time, which is a moment ago.
        #expect((50...61).contains(delays["receipt-1"] ?? 0), "\(delays)")
    }

    @Test func `what has come more often than anything waits has failed, whomever it is about`() async throws {
        #expect(try await delays(receiveCount: 5) == ["receipt-0": 320, "receipt-1": 320])
    }

    @Test func `what a hub would read everyone for, and cannot look up, need not wait for the turn of everyone`()
        async throws
    {
        directory.update { $0.failure = SyncError(.source, "down") }
        let work = NotedWork(source: directory, groups: [.init(name: "team")], readsGroups: false) { _ in .done }
        let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(AWSStandIn.id(2))"}"#)
        #expect(try await delays([patch], receiveCount: 4, work) == ["receipt-0": 20])
    }

    /// Their messages bring it again, perhaps to another process; whoever leaves by then would be read with everyone, and wait for that.
    @Test(arguments: [true, false])
    func `what everyone was to be read for when the time was up, is not due in the process any more`(
        readsGroups: Bool
    ) async throws {
        let work = NotedWork(source: directory, groups: [.init(name: "team")], readsGroups: readsGroups) { _ in .done }
        let configuration = try ConfigurationFile(
            DocumentReader().document(Array(FunctionFolder.configuration.utf8), file: "c.json"),
            path: "c.json"
        )
        let function = DirectoryFunction(configuration, work, queue: nil, logger: Logger(label: "test"))
        let deletion = LambdaEvents.trail(
            "identitystore",
            "DeleteGroupMembership",
            #"{"identityStoreId": "\#(store)", "membershipId": "m"}"#
        )
        let batch = try QueueBatch(Array(LambdaEvents.batch([deletion]).utf8))
        var metrics = EmbeddedMetrics(deployment: "test")
        let answer = await function.answer(batch, TimeBudget(lasting: .zero), &metrics)
        #expect(answer == batch.response(failed: ["m-0"]))
        #expect(work.requests.withLock { $0.isEmpty })
        var coalescer = await function.coalescer
        #expect(coalescer.decide(at: .now.advanced(bySeconds: 600)) == .idle)
        #expect(await function.wideGroups == [])
    }

    /// Gives back so many messages.
    ///
    /// - Returns: What is logged as a warning, and of how many messages.
    private func warnings(ofReturning count: Int, to transport: NotedQueue) async throws -> [String] {
        let log = InMemoryLogHandler()
        let returns = MessageReturns(queue: try queue(transport), logger: Logger(label: "test") { _ in log })
        let bodies = (0..<count).map { "\($0)" }
        let batch = try QueueBatch(Array(LambdaEvents.batch(bodies).utf8))
        var metrics = EmbeddedMetrics(deployment: "test")
        await returns.giveBack(Set(batch.messages.map(\.id)), of: batch, &metrics)
        return log.entries.filter { $0.level >= .warning }.map { "\($0.metadata["messages"] ?? "-"): \($0.message)" }
    }

    @Test func `what cannot be held back keeps nothing else from it, and is counted`() async throws {
        var transport = NotedQueue()
        transport.answer = { number, _ in
            switch number {
            case 0: .text(#"{"__type":"com.amazonaws.sqs#AccessDeniedException","message":"no"}"#, status: 403)
            case 1: .text(#"{"Failed":[{"Id":"3","Code":"ReceiptHandleIsInvalid","SenderFault":true}]}"#)
            default: .text("{}")
            }
        }
        let warnings = try await warnings(ofReturning: 35, to: transport)
        #expect(try transport.delays.count == 35)
        // All ten of a call that fails, whichever that is, or the five of the last; and the one that is refused.
        #expect(warnings.count == 1 && (warnings[0].hasPrefix("11: ") || warnings[0].hasPrefix("6: ")), "\(warnings)")
        #expect(warnings[0].contains("sqs:ChangeMessageVisibility"))
        #expect(try await self.warnings(ofReturning: 35, to: NotedQueue()) == [])
    }

    @Test func `many messages are held back by several calls at a time`() async throws {
        var transport = NotedQueue()
        transport.answer = { _, calls in
            try await eventually("others are under way") { calls() >= 8 }
            return .text("{}")
        }
        #expect(try await warnings(ofReturning: 80, to: transport) == [])
    }

    @Test func `what cannot be deleted keeps nothing else from it, and is counted`() async throws {
        let calls = Locked(0)
        var transport = NotedQueue()
        transport.answer = { number, _ in
            calls.withLock { $0 += 1 }
            guard number == 0 else { return .text("{}") }
            return .text(#"{"__type":"com.amazonaws.sqs#AccessDeniedException","message":"no"}"#, status: 403)
        }
        let log = InMemoryLogHandler()
        let returns = MessageReturns(queue: try queue(transport), logger: Logger(label: "test") { _ in log })
        let batch = try QueueBatch(Array(LambdaEvents.batch((0..<40).map { "\($0)" }).utf8))
        await returns.delete(batch.messages)
        #expect(calls.withLock { $0 } == 4)
        let warning = try #require(log.entries.first { $0.level >= .warning })
        #expect(
            "\(warning.message)".contains("sqs:DeleteMessage") && warning.metadata["messages"] == "10",
            "\(warning)"
        )
    }
}
