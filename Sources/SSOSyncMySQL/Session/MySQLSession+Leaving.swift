// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore

extension MySQLSession {
    /// Ends sessions on the writer and on every reader, at the same time, until the people are out.
    ///
    /// - Parameter told: Is called once the writer's sessions have been told to end, or cannot be.
    func endSessions(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        told: @escaping @Sendable () -> Void,
        _ report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        defer { told() }
        guard !operations.isEmpty else { return }
        let ids = operations.flatMap { known[$0.account]?.ways ?? [] }
        let exits = await exits(of: ids, until: deadline, told: told)
        for operation in operations {
            guard let account = known[operation.account] else {
                let error = SyncError(.server, "account \(operation.account) was not found when the target was read")
                report(OperationOutcome(operation, .failed(error)))
                continue
            }
            let exit = exits.exit(of: account.ways, operation.account)
            let result: OperationOutcome.Result = exit.problem.map { .failed($0) } ?? .done
            report(OperationOutcome(operation, result, sessionsEnded: exit.ended))
        }
    }

    /// Ends sessions everywhere, and says of whom none is left.
    ///
    /// - Parameters:
    ///   - sessions: Which sessions.
    ///   - hasToUndo: Whether the connection is needed then to undo something: an answer that is on its way is waited for beyond the
    ///     deadline, and after a cancellation.
    func exits(
        of ids: [AccountId],
        _ sessions: EndingSessions = .all,
        until deadline: ContinuousClock.Instant,
        hasToUndo: Bool = false,
        told: @escaping @Sendable () -> Void = {}
    ) async -> Exits {
        let last = min(deadline, ContinuousClock.now.advanced(by: configuration.outTimeout))
        let overtime = hasToUndo ? Self.answerTime : .zero
        let limit = min(deadline.advanced(by: overtime), last.advanced(by: Self.answerTime))
        let grace = hasToUndo ? nil : Self.grace
        let (kill, disguises, eventOwners) = (kill, disguises, eventOwners)
        let results = await onEveryInstance(grace: grace, told: told) { connection, watch, cancellation, told in
            let ender = SessionEnder(
                connection: connection,
                place: connection.endpoint,
                sessions: sessions,
                kill: kill,
                disguises: disguises,
                eventOwners: eventOwners,
                watch: watch
            )
            return try await ender.end(ids, until: last, limit: limit, cancellation: cancellation, told: told)
        }
        return Exits(results: results, sessions: sessions)
    }

    /// How long to wait for an answer once the time to be out, or to connect, is up.
    static let answerTime: Duration = .seconds(5)

    /// How long to wait for an answer after a cancellation: a server that freezes would else keep whoever has to answer in time.
    private static let grace: Duration = .seconds(1)

    private func onEveryInstance(
        grace: Duration?,
        told: @escaping @Sendable () -> Void,
        _ body:
            @escaping @Sendable (MySQLConnection, StallWatch, CancellationNotice, @escaping @Sendable () -> Void)
            async throws ->
            SessionEnder.Outcome
    ) async -> [Result<SessionEnder.Outcome, SyncError>] {
        let deadline = ContinuousClock.now.advanced(by: .seconds(configuration.connectTimeout))
        return await withTaskGroup(of: Result<SessionEnder.Outcome, SyncError>.self) { group in
            let (writer, watchOfWriter) = (connection, watch(configuration.writer))
            group.addTask {
                defer { told() }
                return await Self.attempt(writer.endpoint) {
                    // A statement that is broken off takes the connection along, which has the lock.
                    try await noticingCancellation(grace: grace) { try await body(writer, watchOfWriter, $0, told) }
                }
            }
            for endpoint in configuration.readers {
                group.addTask {
                    await Self.attempt("\(endpoint)") {
                        guard let reader = try await self.reader(endpoint, until: deadline) else {
                            return SessionEnder.Outcome(place: writer.endpoint)
                        }
                        return try await body(reader, self.watch(endpoint), CancellationNotice(), {})
                    }
                }
            }
            var results: [Result<SessionEnder.Outcome, SyncError>] = configuration.unknownReaders.map {
                .failure(SyncError(.lookUp, $0))
            }
            for await result in group { results.append(result) }
            return results
        }
    }

    private static func attempt(
        _ place: String,
        _ body: () async throws -> SessionEnder.Outcome
    ) async -> Result<SessionEnder.Outcome, SyncError> {
        do {
            return .success(try await body())
        } catch {
            return .failure(SyncError(mysql: error, at: place))
        }
    }
}
