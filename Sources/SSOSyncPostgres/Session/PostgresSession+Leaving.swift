// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension PostgresSession {
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
        let exits = await exits(of: operations.compactMap { known[$0.account]?.id }, until: deadline, told: told)
        for operation in operations {
            guard let id = known[operation.account]?.id else {
                let error = SyncError(.server, "account \(operation.account) was not found when the target was read")
                report(OperationOutcome(operation, .failed(error)))
                continue
            }
            let exit = exits.exit(of: id, operation.account)
            let result: OperationOutcome.Result = exit.problem.map { .failed($0) } ?? .done
            report(OperationOutcome(operation, result, sessionsEnded: exit.ended))
        }
    }

    /// Ends sessions everywhere, and says of whom none is left.
    func exits(
        of ids: [Int],
        _ sessions: EndingSessions = .all,
        until deadline: ContinuousClock.Instant,
        told: @escaping @Sendable () -> Void = {}
    ) async -> Exits {
        let last = min(deadline, ContinuousClock.now.advanced(by: configuration.outTimeout))
        let limit = min(deadline, last.advanced(by: Self.answerTime))
        let results = await onEveryInstance(told: told) { connection, place, told in
            let ender = SessionEnder(connection: connection, place: place, sessions: sessions)
            return try await ender.end(ids, until: last, limit: limit, told: told)
        }
        return Exits(results: results, sessions: sessions)
    }

    /// How long to wait for an answer once the time to be out, or to connect, is up.
    static let answerTime: Duration = .seconds(5)

    private typealias InstanceResult = Result<SessionEnder.Outcome, SyncError>

    private func onEveryInstance(
        told: @escaping @Sendable () -> Void,
        _ body: @escaping @Sendable (PostgresConnection, String, () -> Void) async throws -> SessionEnder.Outcome
    ) async -> [InstanceResult] {
        let deadline = ContinuousClock.now.advanced(by: .seconds(configuration.connectTimeout))
        return await withTaskGroup(of: InstanceResult.self) { group in
            let writer = connection
            group.addTask {
                defer { told() }
                return await Self.attempt(writer.endpoint) { try await body(writer, writer.endpoint, told) }
            }
            for endpoint in configuration.readers {
                group.addTask {
                    await Self.attempt("\(endpoint.host):\(endpoint.port)") {
                        guard let reader = try await self.reader(endpoint, until: deadline) else {
                            return SessionEnder.Outcome(place: writer.endpoint)
                        }
                        return try await body(reader, reader.endpoint, {})
                    }
                }
            }
            var results: [InstanceResult] = configuration.unknownReaders.map {
                .failure(SyncError(.lookUp, $0))
            }
            for await result in group { results.append(result) }
            return results
        }
    }

    private static func attempt(
        _ place: String,
        _ body: () async throws -> SessionEnder.Outcome
    ) async -> InstanceResult {
        do {
            return .success(try await body())
        } catch {
            return .failure(SyncError(postgres: error, at: place))
        }
    }
}
