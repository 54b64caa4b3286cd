// SPDX-License-Identifier: Apache-2.0

package import SSOSyncSQL

extension MySQLConnection {
    /// What became of one statement of many.
    package typealias StatementOutcome = Result<MySQLResult, MySQLError>

    /// Runs many statements in few round trips, each for itself.
    ///
    /// One that fails keeps no other from running: the server drops the rest of a packet then, and it is sent again. If
    /// the connection is lost, the deadline passes or the task is cancelled midway, the statements that were answered
    /// keep their outcomes and all others carry that error: whether they were done is not known. If the server is in trouble
    /// itself, and each would wait for it in turn, the others carry its error, too, and were not done.
    /// - Parameters:
    ///   - statements: one statement per text.
    ///   - deadline: when to give up.
    ///   - report: called on the connection's queue with a statement's index and outcome as soon as it is known.
    /// - Returns: one outcome per statement, in order.
    /// - Throws: `MySQLError` if nothing was sent.
    package func executeEach(
        _ statements: [SQLText],
        deadline: ContinuousClock.Instant? = nil,
        report: @Sendable (_ index: Int, _ outcome: StatementOutcome) -> Void = { _, _ in }
    ) async throws -> [StatementOutcome] {
        try await run(statements, segments: Array(statements.indices), deadline, report)
    }

    /// What became of one segment of a pipeline.
    package typealias SegmentOutcome = Result<[MySQLResult], MySQLError>

    /// Runs many small sequences of statements in few round trips, each sequence for itself.
    ///
    /// A statement that fails keeps those after it in its sequence from running, and no others. What was done before it stays
    /// done: MySQL commits each statement that changes accounts.
    /// - Parameters:
    ///   - segments: for each, its statements, one statement per text.
    ///   - deadline: when to give up.
    /// - Returns: one outcome per segment, in order.
    /// - Throws: `MySQLError` if nothing was sent.
    package func pipeline(
        _ segments: [[SQLText]],
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [SegmentOutcome] {
        let numbers = segments.enumerated().flatMap { index, segment in segment.map { _ in index } }
        var outcomes = try await run(segments.flatMap { $0 }, segments: numbers, deadline) { _, _ in }[...]
        return segments.map { segment in
            let own = outcomes.prefix(segment.count)
            outcomes = outcomes.dropFirst(segment.count)
            return Result { () throws(MySQLError) in
                var results: [MySQLResult] = []
                for outcome in own { results.append(try outcome.get()) }
                return results
            }
        }
    }

    private func run(
        _ statements: [SQLText],
        segments: [Int],
        _ deadline: ContinuousClock.Instant?,
        _ report: @Sendable (_ index: Int, _ outcome: StatementOutcome) -> Void
    ) async throws -> [StatementOutcome] {
        try await watched(until: deadline) { watch in
            var batch = StatementBatch(texts: renderEach(statements), segments: segments, packetLimit: packetLimit)
            while let packet = batch.nextPacket(report) {
                do {
                    try run(packet.bytes, count: packet.count, watch) { batch.add(.success($0), report) }
                    batch.packetSucceeded()
                } catch {
                    let error = error as? MySQLError ?? MySQLError(.misuse, "\(error)")
                    if error.concernsWholeTarget {
                        batch.fail(error, report)
                    } else {
                        batch.packetFailed(error, report)
                    }
                }
            }
            return batch.outcomes
        }
    }

    private func renderEach(_ statements: [SQLText]) -> [Result<[UInt8], MySQLError>] {
        var renderer = SQLRenderer(.mysql)
        return statements.map { statement in
            do {
                let bytes = try bytes(of: statement, &renderer)
                return bytes.count <= packetLimit ? .success(bytes) : .failure(tooLong(bytes.count))
            } catch {
                return .failure(error as? MySQLError ?? MySQLError(.invalidText, "\(error)"))
            }
        }
    }
}
