// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

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
            let left = revoked.isEmpty ? [:] : MembershipRow.rows(results.last)
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
}
