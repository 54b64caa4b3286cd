// SPDX-License-Identifier: Apache-2.0

package import SSOSyncSQL

extension MySQLConnection {
    /// What became of one statement of many.
    package typealias StatementOutcome = Result<MySQLResult, MySQLError>

    /// Runs many statements in few round trips, each for itself.
    ///
    /// One that fails keeps no other from running: the server drops the rest of a packet then, and it is sent again. If
    /// the connection is lost, the deadline passes or the task is cancelled midway, the statements that were answered
    /// keep their outcomes and all others carry that error: whether they were done is not known.
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
        try await watched(until: deadline) { watch in
            var batch = StatementBatch(texts: renderEach(statements), packetLimit: packetLimit)
            while let packet = batch.nextPacket(report) {
                do {
                    try run(packet.bytes, count: packet.count, watch) { batch.add(.success($0), report) }
                    batch.packetSucceeded()
                } catch {
                    let error = error as? MySQLError ?? MySQLError(.misuse, "\(error)")
                    if error.isConnectionLost {
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
