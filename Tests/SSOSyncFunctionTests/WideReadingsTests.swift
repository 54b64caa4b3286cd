// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SSOSyncAWS
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncLambdaRuntime
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@testable import SSOSyncFunction

/// SQS, and what it was asked for.
private struct NotedCalls: HTTPTransport {
    /// The members of calls that are looked at.
    struct Call: Decodable {
        struct Entry: Decodable {
            let VisibilityTimeout: Int?
        }

        /// For how many seconds it hides messages; nil if it does something else.
        var hides: Int? { Entries?.first?.VisibilityTimeout }

        let QueueUrl: String
        let MessageBody: String?
        let MessageGroupId: String?
        let MessageDeduplicationId: String?
        let Entries: [Entry]?
    }

    private let bodies = Locked<[[UInt8]]>([])
    /// Whether it refuses all.
    let refuses = Locked(false)

    func send(_ request: HTTPRequest, deadline: ContinuousClock.Instant?) async throws -> HTTPResponse {
        bodies.withLock { $0.append(request.body) }
        guard !refuses.withLock(\.self) else {
            let text = #"{"__type":"com.amazonaws.sqs#AccessDeniedException","message":"no"}"#
            return HTTPResponse(status: 403, body: Array(text.utf8))
        }
        return HTTPResponse(status: 200, body: Array(#"{"MessageId":"m"}"#.utf8))
    }

    /// What it was asked for since the last time.
    func take() throws -> [Call] {
        let taken = bodies.withLock { bodies in
            defer { bodies = [] }
            return bodies
        }
        return try taken.map { try JSONDecoder().decode(Call.self, from: Data($0)) }
    }
}

/// Readings of everyone that a queue of their own has one process make.
@Suite("Readings of everyone by a queue")
struct WideReadingsTests {
    private static let store = "d-1234567890"
    private static let everyone = "https://sqs.eu-west-1.amazonaws.com/111122223333/everyone.fifo"
    private static let team = AWSStandIn.id(2)

    private let directory: InMemoryDirectory
    private let calls = NotedCalls()
    private let work: NotedWork
    private let function: DirectoryFunction

    private let deletion = LambdaEvents.trail(
        "identitystore",
        "DeleteGroupMembership",
        #"{"identityStoreId": "\#(store)", "membershipId": "m"}"#
    )
    private let patch = LambdaEvents.trail("identitystore-scim", "PatchGroup", #"{"id": "\#(team)"}"#)
    private let joins = LambdaEvents.membership(
        "AddMemberToGroup",
        person: AWSStandIn.id(1),
        group: team,
        store: store
    )

    init() throws { try self.init(disposition: .done) }

    private init(
        readsGroups: Bool = true,
        disposition: RunDisposition = .done,
        directory: InMemoryDirectory = InMemoryDirectory(id: "d-1", now: .now),
        groups: [DirectoryRequest.Group] = [.init(name: "team", pinnedId: GroupId(Self.team))],
        limits: EventCoalescer.Limits = EventCoalescer.Limits()
    ) throws {
        self.directory = directory
        work = NotedWork(source: directory, groups: groups, readsGroups: readsGroups) { _ in disposition }
        let client = try AWSClient(
            .sqs,
            region: "eu-west-1",
            credentials: StaticCredentialsProvider(Credentials(accessKeyId: "AKID", secretAccessKey: "secret")),
            transport: calls
        )
        let configuration = try ConfigurationFile(
            DocumentReader().document(Array(FunctionFolder.configuration.utf8), file: "c.json"),
            path: "c.json"
        )
        let events = "https://sqs.eu-west-1.amazonaws.com/111122223333/events"
        function = DirectoryFunction(
            configuration,
            work,
            queue: SQSClient(queueURL: events, client: client),
            everyoneQueue: SQSClient(queueURL: Self.everyone, client: client),
            limits: limits,
            logger: Logger(label: "test")
        )
    }

    /// Hands the function messages.
    ///
    /// - Returns: The ids of those that come again, what was read, and what was counted.
    private func handle(
        _ bodies: [String],
        from queue: String = "events",
        sent: Date = .now,
        receiveCount: Int = 1
    ) async throws -> (failed: [String], read: [ScopeRequest], metrics: [String]) {
        let batch = try QueueBatch(
            Array(LambdaEvents.batch(bodies, receiveCount: receiveCount, queue: queue, sent: sent).utf8)
        )
        var metrics = EmbeddedMetrics(deployment: "test")
        let answer = await function.answer(batch, TimeBudget(lasting: .seconds(20), patience: .seconds(1)), &metrics)
        let failed = batch.messages.map(\.id).filter { String(decoding: answer, as: UTF8.self).contains("\"\($0)\"") }
        let read = work.requests.withLock { requests in
            defer { requests = [] }
            return requests
        }
        return (failed, read, metrics.lines(at: .now))
    }

    @Test func `events that name nobody are handed on in one message, and whom others name is read at once`()
        async throws
    {
        let handled = try await handle([deletion, joins, deletion])
        #expect(handled.failed == [] && handled.read == [.people([UserId(AWSStandIn.id(1))])])
        let sent = try calls.take()
        let wide = try #require(sent.first { $0.QueueUrl == Self.everyone })
        #expect(wide.MessageGroupId == "everyone")
        let reading = try #require(WideReading(text: wide.MessageBody ?? ""))
        #expect(reading.scope == .unbounded && !reading.isSecond && reading.time != nil)
        // The person's second reading is the other one.
        #expect(sent.count == 2)

        let second = try #require(SecondReading(.unbounded))
        #expect(try await handle([second.text]).read == [])
        #expect(try calls.take().compactMap { WideReading(text: $0.MessageBody ?? "") }.map(\.isSecond) == [true])
    }

    @Test func `the same messages are one message, and others are another, be it that they say the same`() async throws
    {
        for bodies in [[deletion], [deletion], [deletion, deletion]] { _ = try await handle(bodies) }
        let ids = try calls.take().map { $0.MessageDeduplicationId ?? "" }
        #expect(ids.count == 3 && ids[0] == ids[1] && ids[0] != ids[2])
    }

    @Test func `what cannot be handed on comes again, and nobody else's does`() async throws {
        calls.refuses.withLock { $0 = true }
        let handled = try await handle([joins, deletion])
        #expect(handled.failed == ["m-1"] && handled.read == [.people([UserId(AWSStandIn.id(1))])])
        #expect(handled.metrics.metric("WideReadingsNotSent") == 1)
        #expect(try calls.take().flatMap { $0.Entries ?? [] }.map(\.VisibilityTimeout) == [20])
    }

    @Test func `one process reads everyone for all messages that were there before, and once a minute`() async throws {
        let message = WideReading(because: .unbounded, isSecond: false, time: nil).text
        let first = try await handle([message, message], from: "everyone.fifo")
        #expect(first.failed == [] && first.read == [.everyone])
        // They are hidden for as long as this may take, and a second reading for both comes by the queue of events.
        let made = try calls.take()
        #expect(made.map(\.QueueUrl) == [Self.everyone, "https://sqs.eu-west-1.amazonaws.com/111122223333/events"])
        #expect((62...81).contains(made[0].hides ?? 0))

        let earlier = try await handle([message], from: "everyone.fifo", sent: .now.addingTimeInterval(-60))
        #expect(earlier.failed == [] && earlier.read == [])
        #expect(try calls.take().map(\.QueueUrl) == made.map(\.QueueUrl))
        // By clocks that differ it may have come during the reading.
        let just = try await handle([message], from: "everyone.fifo", sent: .now.addingTimeInterval(-3))
        #expect(just.failed == ["m-0"] && just.read == [])
        _ = try calls.take()

        let later = try await handle([message], from: "everyone.fifo", sent: .now.addingTimeInterval(1))
        #expect(later.failed == ["m-0"] && later.read == [])
        let hidden = try calls.take()
        #expect(hidden.map(\.QueueUrl) == [Self.everyone, Self.everyone])
        #expect((50...61).contains(hidden.last?.hides ?? 0))
    }

    @Test func `of a batch only what no reading was for is read for again`() async throws {
        let hub = try WideReadingsTests(readsGroups: false)
        let ours = WideReading(because: EventScope(groups: [GroupId(Self.team)]), isSecond: false, time: nil).text
        #expect(try await hub.handle([ours], from: "everyone.fifo").failed == [])
        let anybody = WideReading(because: .unbounded, isSecond: false, time: nil).text
        let ago = Date.now.addingTimeInterval(-60)
        let both = try await hub.handle([ours, anybody, ours], from: "everyone.fifo", sent: ago)
        #expect(both.failed == ["m-1"] && both.metrics.metric("WideReadingsSpared") == 2)
    }

    /// As long as it does not, no other message of the queue comes.
    @Test func `what fails comes again within a minute however often it has, and at last is left to the schedule`()
        async throws
    {
        let message = WideReading(because: .unbounded, isSecond: false, time: nil).text
        for count in [1, 5, 10] {
            let failing = try WideReadingsTests(disposition: .failed)
            let handled = try await failing.handle([message], from: "everyone.fifo", receiveCount: count)
            #expect(handled.read == [.everyone] && handled.failed == ["m-0"])
            let hides = try failing.calls.take().compactMap(\.hides)
            #expect(hides.count == 2 && (30...61).contains(hides[1]), "\(hides)")
        }
        let often = try await handle([message], from: "everyone.fifo", receiveCount: 11)
        #expect(often.read == [] && often.failed == [])
        #expect(often.metrics.metric("WideReadingsGivenUp") == 1)
    }

    /// The next batch may come to a process that has not heard of the reading, and comes once this one is answered.
    @Test func `whoever has read everyone answers when everyone may be read again, or the process has to end`()
        async throws
    {
        let message = WideReading(because: .unbounded, isSecond: false, time: nil).text
        var limits = EventCoalescer.Limits()
        (limits.interval, limits.wideInterval) = (1, 2)
        let quick = try WideReadingsTests(limits: limits)
        var started = ContinuousClock.now
        #expect(try await quick.handle([message], from: "everyone.fifo").read == [.everyone])
        #expect(started.duration(to: .now) >= .milliseconds(1_900))
        started = .now
        let ago = Date.now.addingTimeInterval(-60)
        #expect(try await quick.handle([message], from: "everyone.fifo", sent: ago).failed == [])
        #expect(started.duration(to: .now) < .milliseconds(1_900))

        limits.wideInterval = 15
        let slow = try WideReadingsTests(limits: limits)
        let task = Task { try await slow.handle([message], from: "everyone.fifo").failed }
        try await eventually("everyone is read") { slow.work.requests.withLock { !$0.isEmpty } }
        started = .now
        task.cancel()
        #expect(try await task.value == [])
        #expect(started.duration(to: .now) < .seconds(10))
    }

    @Test func `what names nobody is handed on although groups of others cannot be looked up`() async throws {
        directory.update { $0.failure = SyncError(.source, "down") }
        let other = try WideReadingsTests(directory: directory, groups: [.init(name: "team")])
        let handled = try await other.handle([deletion, patch])
        #expect(handled.failed == ["m-1"] && handled.read == [])
        #expect(try other.calls.take().compactMap { WideReading(text: $0.MessageBody ?? "") }.count == 1)
    }

    @Test func `a reading that has failed covers nothing`() async throws {
        let message = WideReading(because: .unbounded, isSecond: false, time: nil).text
        let failing = try WideReadingsTests(readsGroups: true, disposition: .failed)
        let first = try await failing.handle([message], from: "everyone.fifo")
        #expect(first.failed == ["m-0"] && first.read == [.everyone])
        let again = try await failing.handle([message], from: "everyone.fifo", sent: .now.addingTimeInterval(-60))
        #expect(again.failed == ["m-0"])
    }

    @Test func `a hub hands on what names a group, and has everyone read for those who map it`() async throws {
        let hub = try WideReadingsTests(readsGroups: false)
        let handled = try await hub.handle([patch, joins])
        #expect(handled.failed == [])
        let sent = try hub.calls.take().compactMap { WideReading(text: $0.MessageBody ?? "") }
        #expect(sent.map(\.scope.groups) == [[GroupId(Self.team)]])

        let read = try await hub.handle(sent.map(\.text), from: "everyone.fifo")
        #expect(read.failed == [] && !read.read.isEmpty)
        // It was for this group; what is about anybody is not done with by that.
        let message = WideReading(because: .unbounded, isSecond: false, time: nil).text
        let ago = Date.now.addingTimeInterval(-60)
        #expect(try await hub.handle([message], from: "everyone.fifo", sent: ago).failed == ["m-0"])
        let same = WideReading(because: EventScope(groups: [GroupId(Self.team)]), isSecond: false, time: nil).text
        #expect(try await hub.handle([same], from: "everyone.fifo", sent: ago).failed == [])
    }

    @Test func `a batch behind which others may wait is read for as one about anybody, and covers those`() async throws
    {
        let hub = try WideReadingsTests(readsGroups: false)
        let message = WideReading(because: EventScope(groups: [GroupId(Self.team)]), isSecond: false, time: nil).text
        let full = Array(repeating: message, count: 10)
        #expect(try await hub.handle(full, from: "everyone.fifo").read == [.everyone])
        let anybody = WideReading(because: .unbounded, isSecond: false, time: nil).text
        let ago = Date.now.addingTimeInterval(-60)
        #expect(try await hub.handle([anybody], from: "everyone.fifo", sent: ago).failed == [])
    }
}
