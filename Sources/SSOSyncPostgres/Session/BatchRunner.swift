// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Runs operations in large transactions, and those of a transaction that failed one by one.
struct BatchRunner {
    typealias Item = StatementCompiler.Item
    typealias Report = @Sendable (OperationOutcome) -> Void

    let connection: PostgresConnection
    let deadline: ContinuousClock.Instant

    /// A transaction with more than some 12,850 new roles exhausts the server's lock table (measured), and the larger the
    /// transaction, the more there is to repeat when one person fails it.
    static let chunkSize = 1_000

    /// - Parameter until: When to begin no further transaction.
    /// - Returns: The items that were not begun.
    func run(_ items: [Item], until: ContinuousClock.Instant, report: Report) async throws -> [Item] {
        var waiting = items[...]
        while !waiting.isEmpty {
            guard ContinuousClock.now < until else { return Array(waiting) }
            let chunk = Array(waiting.prefix(Self.chunkSize))
            waiting = waiting.dropFirst(Self.chunkSize)
            try await runChunk(chunk, report)
        }
        return []
    }

    private func runChunk(_ items: [Item], _ report: Report) async throws {
        let revoked = items.filter(\.isRevocation)
        do {
            let script = transaction(items, thenReadMembersOf: revoked)
            let results = try await connection.executeTransaction(script, deadline: deadline)
            let left = revoked.isEmpty ? [] : MembershipRow.rows(results.last)
            for item in items { report(item.outcome(membershipsLeft: left)) }
        } catch let error as PostgresError where !error.concernsWholeTarget {
            try await runOneByOne(items, report)
        }
    }

    private func transaction(_ items: [Item], thenReadMembersOf revoked: [Item]) -> SQLText {
        let statements = ["BEGIN"] + StatementCompiler.statements(items, isLocal: true) + ["COMMIT"]
        let reading = revoked.isEmpty ? [] : [MembershipRow.query(revoked.compactMap(\.account?.id))]
        return (statements + reading).joined(separator: ";\n")
    }

    // MARK: One by one

    /// Each operation in a transaction of its own, all of them in one round trip.
    private func runOneByOne(_ items: [Item], _ report: Report) async throws {
        var outcomes = try await pipeline(items)
        let again = outcomes.indices.filter { outcomes[$0]?.isTransient ?? false }
        if !again.isEmpty {
            let second = try await pipeline(again.map { items[$0] })
            for (position, index) in again.enumerated() { outcomes[index] = second[position] }
        }
        if let error = Self.commonTrouble(zip(items, outcomes).map { ($0.operation, $1) }) { throw error }
        let revoked = items.indices.filter { outcomes[$0] == nil && items[$0].isRevocation }.map { items[$0] }
        let left = try await membershipsLeft(revoked)
        for (item, error) in zip(items, outcomes) {
            guard let error else {
                report(item.outcome(membershipsLeft: left))
                continue
            }
            report(OperationOutcome(item.operation, .failed(SyncError(postgres: error, at: connection.endpoint))))
        }
    }

    /// - Returns: For each item, the error that it met.
    private func pipeline(_ items: [Item]) async throws -> [PostgresError?] {
        let segments = items.map { item in
            StatementCompiler.statements([item], isLocal: false) + ["RESET ROLE"]
        }
        let outcomes = try await connection.pipeline(segments, deadline: deadline)
        return try outcomes.map { outcome in
            switch outcome {
            case .success: return nil
            case .failure(let error) where error.concernsWholeTarget: throw error
            case .failure(let error): return error
            }
        }
    }

    private func membershipsLeft(_ revoked: [Item]) async throws -> [MembershipRow] {
        guard !revoked.isEmpty else { return [] }
        let result = try await connection.query(
            MembershipRow.query(revoked.compactMap(\.account?.id)),
            deadline: deadline
        )
        return MembershipRow.rows(result)
    }

    /// If all of several operations that give access fail for want of one right, then it is the provisioner that lacks
    /// it.
    ///
    /// Those that take access away are never given up together: several leavers may have been made superusers.
    private static func commonTrouble(_ outcomes: [(Operation, PostgresError?)]) -> PostgresError? {
        guard outcomes.count > 1, let first = outcomes.first?.1 else { return nil }
        return outcomes.allSatisfy { $0.phase == .admit && $1?.sqlState == "42501" } ? first : nil
    }
}

extension PostgresError {
    /// Whether the same statement may well succeed when it is sent again: deadlock, serialization, a lock not had in
    /// time, "tuple concurrently updated".
    fileprivate var isTransient: Bool {
        switch sqlState {
        case "40P01", "40001", "55P03": true
        case "XX000": message.contains("concurrently")
        default: false
        }
    }
}

/// A membership that is still there after a revocation.
private struct MembershipRow: Hashable {
    let role: RoleName
    let member: Int
    let grantor: RoleName

    static func query(_ members: [Int]) -> SQLText {
        """
        SELECT r.rolname, m.member, g.rolname FROM pg_auth_members m
            JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles g ON g.oid = m.grantor
        WHERE m.member IN (\(members.map(SQLText.integer).joined()))
        """
    }

    static func rows(_ result: PostgresResult?) -> [MembershipRow] {
        guard let result else { return [] }
        return (0..<result.rowCount).compactMap { row in
            guard let role = result.string(row, 0), let member = result.int(row, 1) else { return nil }
            return MembershipRow(role: RoleName(role), member: member, grantor: RoleName(result.string(row, 2) ?? ""))
        }
    }
}

extension StatementCompiler.Item {
    fileprivate var isRevocation: Bool {
        if case .revoke = operation.action { true } else { false }
    }

    /// A revocation that the server answered with no more than a warning is not done.
    fileprivate func outcome(membershipsLeft: [MembershipRow]) -> OperationOutcome {
        guard case .revoke(let memberships) = operation.action, let id = account?.id else {
            return OperationOutcome(operation, .done)
        }
        let left = memberships.filter { membership in
            membershipsLeft.contains {
                $0.member == id && $0.role == membership.role
                    && (membership.grantor == nil || $0.grantor == membership.grantor.map(RoleName.init))
            }
        }
        guard !left.isEmpty else { return OperationOutcome(operation, .done) }
        let roles = left.map(\.role.rawValue).joined(separator: ", ")
        return OperationOutcome(
            operation,
            .failed(SyncError(.server, "\(operation.account) still holds \(roles) after the revocation"))
        )
    }
}
