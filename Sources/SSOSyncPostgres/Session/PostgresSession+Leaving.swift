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
        let ids = operations.compactMap { known[$0.account]?.id }
        let last = min(deadline, ContinuousClock.now.advanced(by: configuration.outTimeout))
        let limit = min(deadline, last.advanced(by: Self.answerTime))
        let results = await onEveryInstance(told: told) { connection, place, told in
            let ender = SessionEnder(connection: connection, place: place)
            return try await ender.end(ids, until: last, limit: limit, told: told)
        }
        for operation in operations {
            guard let id = known[operation.account]?.id else {
                let error = SyncError(.server, "account \(operation.account) was not found when the target was read")
                report(OperationOutcome(operation, .failed(error)))
                continue
            }
            report(outcome(of: operation, id: id, results))
        }
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

    private func outcome(of operation: Operation, id: Int, _ results: [InstanceResult]) -> OperationOutcome {
        var ended = 0
        var problems: [String] = []
        for result in results {
            switch result {
            case .failure(let error):
                problems.append("it is not known whether \(operation.account) is out: \(error)")
            case .success(let outcome):
                ended += outcome.ended[id] ?? 0
                if let problem = Self.problem(operation.account, id, outcome) { problems.append(problem) }
            }
        }
        guard !problems.isEmpty else { return OperationOutcome(operation, .done, sessionsEnded: ended) }
        let error = SyncError(.notOut, problems.sorted().joined(separator: "; "))
        return OperationOutcome(operation, .failed(error), sessionsEnded: ended)
    }

    private static func problem(_ account: AccountName, _ id: Int, _ outcome: SessionEnder.Outcome) -> String? {
        if outcome.unlocked.contains(id) { return "\(outcome.place) would still let \(account) in" }
        if let left = outcome.left[id] { return "\(account) still has \(left) sessions on \(outcome.place)" }
        guard let starting = outcome.starting[id] else { return nil }
        let pids = starting.map(String.init).joined(separator: ", ")
        return "a login that began before \(account) was locked is still starting up on \(outcome.place), and could be "
            + "theirs: process \(pids)"
    }
}
