// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncCore

/// The call of EventBridge that puts events on a bus
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>).
public struct EventBridgeClient: Sendable {
    /// The most events of one call.
    public static let batchSize = 10
    /// The most bytes of one call, and so of one event, as ``EventBridgeEvent/byteCount`` counts: 256 KiB.
    public static let byteLimit = 262_144

    private let client: AWSClient

    /// Puts events with a client for ``AWSService/eventBridge``.
    public init(_ client: AWSClient) { self.client = client }

    /// Puts events on a bus, in as many calls as it takes (`PutEvents`).
    ///
    /// A call succeeds although the service has not taken some of its events; those that may be taken the next time are
    /// tried again, and neither what is not taken nor a call that fails keeps other events from being put.
    ///
    /// - Parameters:
    ///   - events: The events.
    ///   - bus: The bus: a name, or an ARN.
    ///   - deadline: When to give up in all.
    /// - Throws: ``AWSError``: of a call that failed, or one that names the events that the bus has not taken. Nothing is sent
    ///   if an event is longer than the service takes.
    public func putEvents(
        _ events: [EventBridgeEvent],
        on bus: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws {
        if let index = events.firstIndex(where: { $0.byteCount > Self.byteLimit }) {
            let place = "event \(index + 1) of \(events.count)"
            throw AWSError(
                .invalidArgument,
                "EventBridge PutEvents: \(place) is over the limit of \(Self.byteLimit) bytes"
            )
        }
        var failures: [Failure] = []
        var brokenOff: AWSError?
        for batch in EventBridgeEvent.batches(events) {
            do {
                failures += try await put(events, Array(batch), on: bus, deadline)
            } catch let error as AWSError {
                brokenOff = brokenOff ?? error
            }
        }
        if let brokenOff { throw brokenOff }
        if !failures.isEmpty { throw Self.error(failures, of: events, bus: bus) }
    }

    /// Sees that a bus is there (`DescribeEventBus`).
    ///
    /// - Parameters:
    ///   - bus: The bus: a name, or an ARN.
    ///   - deadline: When to give up in all.
    /// - Throws: ``AWSError``.
    public func checkBus(_ bus: String, deadline: ContinuousClock.Instant? = nil) async throws {
        struct Input: Encodable { let Name: String }
        try await advice("DescribeEventBus", bus).about {
            try await client.perform("DescribeEventBus", Input(Name: bus), deadline: deadline)
        }
    }

    /// The Region that is called.
    package var region: String { client.region }

    /// A bus as policies name it.
    package func arn(of bus: String) -> String {
        let partition = AWSPartition(region: client.region).name
        return bus.hasPrefix("arn:") ? bus : "arn:\(partition):events:\(client.region):*:event-bus/\(bus)"
    }

    // MARK: One batch

    /// An event that the bus has not taken, and why.
    private struct Failure {
        let index: Int
        let code: String
        let message: String?

        var mayPassLater: Bool { RetryReason.isThrottling(code) || Self.transientCodes.contains(code) }

        private static let transientCodes: Set<String> = ["InternalFailure", "InternalException", "ServiceUnavailable"]
    }

    private func put(
        _ events: [EventBridgeEvent],
        _ batch: [Int],
        on bus: String,
        _ deadline: ContinuousClock.Instant?
    ) async throws -> [Failure] {
        let policy = client.configuration.retryPolicy
        var generator = SystemRandomNumberGenerator()
        var (waiting, failed) = (batch, [Failure]())
        for attempt in 1...policy.maximumAttempts {
            let failures = try await call(events, waiting, on: bus, deadline)
            failed += failures.filter { !$0.mayPassLater }
            let again = failures.filter(\.mayPassLater)
            let delay = policy.delay(afterAttempt: attempt, hint: nil, using: &generator) ?? .zero
            let isLast = attempt == policy.maximumAttempts || deadline.map { .now + delay >= $0 } ?? false
            guard !again.isEmpty, !isLast else { return failed + again }
            waiting = again.map(\.index)
            try await client.configuration.sleep(delay)
        }
        return failed
    }

    private func call(
        _ events: [EventBridgeEvent],
        _ batch: [Int],
        on bus: String,
        _ deadline: ContinuousClock.Instant?
    ) async throws -> [Failure] {
        let input = Input(Entries: batch.map { Entry(events[$0], bus: bus) })
        let output: Output = try await advice("PutEvents", bus).about {
            try await client.call("PutEvents", input, deadline: deadline)
        }
        guard output.Entries.count == batch.count else {
            let message =
                "EventBridge PutEvents: the answer is about \(output.Entries.count) events instead of \(batch.count)"
            throw AWSError(.badResponse, message, mayHaveBeenSent: true)
        }
        return zip(batch, output.Entries).compactMap { index, result in
            result.ErrorCode.map { Failure(index: index, code: $0, message: result.ErrorMessage) }
        }
    }

    private func advice(_ operation: String, _ bus: String) -> ResourceAdvice {
        ResourceAdvice(
            kind: "event bus",
            name: bus,
            missingCodes: ["ResourceNotFoundException"],
            access: AccessAdvice(action: "events:\(operation)", resources: [arn(of: bus)])
        )
    }

    private static func error(_ failures: [Failure], of events: [EventBridgeEvent], bus: String) -> AWSError {
        let named = failures.prefix(5).map { failure in
            let reason = failure.message.map { ": \(Printable.escapedProse(String($0.prefix(200))))" } ?? ""
            return "event \(failure.index + 1) (\(events[failure.index].detailType)) \(failure.code)\(reason)"
        }
        let rest = failures.count > named.count ? ["and \(failures.count - named.count) more"] : []
        let message =
            "EventBridge PutEvents: \(failures.count) of \(events.count) events were not taken by the bus \(bus): "
            + (named + rest).joined(separator: "; ")
        let isThrottled = failures.allSatisfy { RetryReason.isThrottling($0.code) }
        return AWSError(isThrottled ? .throttled : .refused, message, mayHaveBeenSent: true)
    }
}

extension EventBridgeClient {
    private struct Input: Encodable { let Entries: [Entry] }

    private struct Entry: Encodable {
        let Source: String
        let DetailType: String
        let Detail: String
        let EventBusName: String
        let Resources: [String]?
        let Time: Date?

        init(_ event: EventBridgeEvent, bus: String) {
            (Source, DetailType, Detail, EventBusName) = (event.source, event.detailType, event.detail, bus)
            Resources = event.resources.isEmpty ? nil : event.resources
            Time = event.time
        }
    }

    private struct Output: Decodable {
        struct Result: Decodable {
            let ErrorCode: String?
            let ErrorMessage: String?
        }

        let Entries: [Result]
    }
}
