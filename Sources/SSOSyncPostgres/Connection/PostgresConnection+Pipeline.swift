// SPDX-License-Identifier: Apache-2.0

package import SSOSyncSQL

extension PostgresConnection {
    /// What became of one segment of a pipeline.
    package typealias SegmentOutcome = Result<[PostgresResult], PostgresError>

    /// Runs many small transactions in about one round trip (libpq's pipeline mode).
    ///
    /// Each segment is a transaction of its own: all its statements, or none. One that fails takes no other with it.
    /// Everything is sent without waiting; answers are read as they come, also while sending, so no size of pipeline
    /// can lock up. If the connection is lost, the deadline passes or the task is cancelled midway, the segments that
    /// were answered keep their outcomes and all others carry that error: whether they were done is not known.
    /// https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
    /// - Parameters:
    ///   - segments: for each, its statements, one statement per text. No BEGIN or COMMIT.
    ///   - deadline: when to give up.
    ///   - report: called on the connection's queue with a segment's index and outcome as soon as it is known.
    /// - Returns: one outcome per segment, in order.
    /// - Throws: `PostgresError` if nothing was sent.
    package func pipeline(
        _ segments: [[SQLText]],
        deadline: ContinuousClock.Instant? = nil,
        report: @Sendable (_ index: Int, _ outcome: SegmentOutcome) -> Void = { _, _ in }
    ) async throws -> [SegmentOutcome] {
        try await watched(until: deadline) { waiter in
            guard handle.enterPipeline() else { throw sendingFailed() }
            let refused = sendSegments(segments)
            let outcomes = readSegments(count: segments.count, refused: refused, waiter, report)
            if !handle.isBroken, !handle.exitPipeline() { handle.abort() }
            return outcomes
        }
    }

    /// Hands all segments to libpq, which sends what the socket takes and keeps the rest.
    /// - Returns: the segments that cannot be said in SQL and were left out.
    private func sendSegments(_ segments: [[SQLText]]) -> [Int: PostgresError] {
        var refused: [Int: PostgresError] = [:]
        var renderer = SQLRenderer(.postgres)
        for (index, segment) in segments.enumerated() {
            do {
                let statements = try segment.map { try terminated($0, &renderer) }
                // If libpq takes nothing any more, reading finds out why.
                guard statements.allSatisfy({ handle.send(statement: $0, binds: []) }), handle.sync() else { break }
            } catch let error as PostgresError {
                refused[index] = error
            } catch {
                refused[index] = PostgresError(.invalidText, "A statement cannot be written down.")
            }
        }
        return refused
    }

    private func readSegments(
        count: Int,
        refused: [Int: PostgresError],
        _ waiter: SocketWaiter,
        _ report: (Int, SegmentOutcome) -> Void
    ) -> [SegmentOutcome] {
        var outcomes: [SegmentOutcome] = []
        outcomes.reserveCapacity(count)
        var end: PostgresError?
        for index in 0..<count {
            let outcome: SegmentOutcome
            if let error = refused[index] ?? end {
                outcome = .failure(error)
            } else {
                do {
                    outcome = try readSegment(waiter)
                } catch {
                    end = error as? PostgresError ?? sendingFailed()
                    outcome = end.map { .failure($0) } ?? .success([])
                }
            }
            outcomes.append(outcome)
            report(index, outcome)
        }
        return outcomes
    }

    /// Reads the results of one segment, up to its end mark.
    /// - Throws: `PostgresError` if the connection is gone.
    private func readSegment(_ waiter: SocketWaiter) throws -> SegmentOutcome {
        var results: [PostgresResult] = []
        var firstError: PostgresError?
        var emptyReads = 0
        while true {
            try awaitResult(waiter)
            guard let result = handle.nextResult() else {
                emptyReads += 1
                // One ends each statement; two in a row mean that libpq has nothing under way.
                guard emptyReads < 2 else { throw sendingFailed() }
                continue
            }
            emptyReads = 0
            switch result.kind {
            case .success: results.append(result.copy())
            case .failure: firstError = try firstError ?? failure(result.report)
            case .copy: throw copyRefused()
            case .skipped: break
            case .sync:
                // Not asked for notices here: libpq may have read the next segment's already.
                if let firstError { return .failure(firstError) }
                return .success(results)
            }
            firstError = firstError ?? truncationError()
        }
    }
}
