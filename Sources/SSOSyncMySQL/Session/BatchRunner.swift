// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Runs operations in statements about many accounts, and those of a statement that failed one by one.
struct BatchRunner {
    typealias Item = StatementCompiler.Item
    typealias Report = (Item, OperationOutcome) -> Void

    let connection: MySQLConnection
    let compiler: StatementCompiler
    let deadline: ContinuousClock.Instant

    /// How long to wait, at most, before what met somebody else's change is tried again.
    private static let pauses: [Duration] = [.milliseconds(20), .milliseconds(100), .milliseconds(400)]

    /// How many groups are sent before the clock is looked at.
    private static let groupsAtOnce = 1_000

    /// An item with the error that it met.
    private typealias Failed = (item: Item, error: MySQLError)

    /// - Parameter until: When to begin no further group.
    /// - Returns: The items that were not begun.
    func run(
        _ items: [Item],
        until: ContinuousClock.Instant,
        groupsAtOnce: Int = Self.groupsAtOnce,
        report: Report
    ) async throws -> [Item] {
        var waiting = compiler.groups(items)[...]
        while !waiting.isEmpty {
            guard ContinuousClock.now < until else { return waiting.flatMap(\.items) }
            let groups = Array(waiting.prefix(groupsAtOnce))
            waiting = waiting.dropFirst(groupsAtOnce)
            try await run(groups, report)
        }
        return []
    }

    private func run(_ groups: [StatementCompiler.Group], _ report: Report) async throws {
        var failed: [Failed] = []
        for (group, error) in try await attempt(groups, report) {
            if group.items.count == 1 {
                failed.append((group.items[0], error))
            } else {
                // A statement is done for all of them or for none, whoever is the trouble, and those before it can be made once more.
                failed += try await attemptEach(group.items, report)
            }
        }
        for pause in Self.pauses {
            let again = failed.filter(\.error.isWorthTryingAgain)
            guard !again.isEmpty, ContinuousClock.now.advanced(by: pause) < deadline else { break }
            for item in failed where !item.error.isWorthTryingAgain { tell(item, report) }
            try await Task.sleep(for: pause * Double.random(in: 0.2...1))
            failed = try await attemptEach(again.map(\.item), report)
        }
        if failed.count == groups.flatMap(\.items).count, let error = Self.commonTrouble(failed) { throw error }
        for item in failed { tell(item, report) }
    }

    private func tell(_ failed: Failed, _ report: Report) {
        let error = explained(failed.error, failed.item)
        report(failed.item, OperationOutcome(failed.item.operation, .failed(error)))
    }

    private func attemptEach(_ items: [Item], _ report: Report) async throws -> [Failed] {
        let groups = items.flatMap { compiler.groups([$0]) }
        return try await attempt(groups, report).map { ($0.group.items[0], $0.error) }
    }

    /// - Returns: The groups that were not done, with what they met.
    private func attempt(
        _ groups: [StatementCompiler.Group],
        _ report: Report
    ) async throws -> [(group: StatementCompiler.Group, error: MySQLError)] {
        let outcomes = zip(groups, try await connection.pipeline(groups.map(\.statements), deadline: deadline))
        let done = outcomes.filter { (try? $1.get()) != nil }.flatMap(\.0.items)
        let failed = outcomes.compactMap { group, outcome -> (group: StatementCompiler.Group, error: MySQLError)? in
            if case .failure(let error) = outcome { (group, error) } else { nil }
        }
        if let fatal = failed.first(where: \.error.concernsWholeTarget) {
            // Whether a revocation did anything is not known before the server's table has been read again.
            for item in done where !item.isRevocation { report(item, OperationOutcome(item.operation, .done)) }
            throw fatal.error
        }
        let left = try await rolesLeft(done.filter(\.isRevocation))
        for item in done { report(item, item.outcome(rolesLeft: left)) }
        return failed
    }

    private func rolesLeft(_ revoked: [Item]) async throws -> Set<Catalogue.Edge> {
        guard !revoked.isEmpty else { return [] }
        let rows = try await connection.query(Self.edges(of: revoked.map(\.account.id)), deadline: deadline)
        return Set(
            (0..<rows.rowCount).compactMap { row in
                guard let roleUser = rows.string(row, 0), let roleHost = rows.string(row, 1),
                    let user = rows.string(row, 2), let host = rows.string(row, 3)
                else { return nil }
                return Catalogue.Edge(
                    role: AccountId(user: roleUser, host: roleHost),
                    member: AccountId(user: user, host: host),
                    isAdmin: false
                )
            }
        )
    }

    /// By users alone, with other hosts' as well: there is no index by members, and going through the table takes several
    /// times as long when pairs are looked for (measured).
    private static func edges(of ids: [AccountId]) -> SQLText {
        let users = ids.map { SQLText.literal($0.user.rawValue) }.joined()
        return "SELECT FROM_USER, FROM_HOST, TO_USER, TO_HOST FROM mysql.role_edges WHERE TO_USER IN (\(users))"
    }

    /// If all of several operations that give access fail for want of one right, then it is the provisioner that lacks it.
    ///
    /// Those that take access away are never given up together: several leavers may have been given SYSTEM_USER.
    private static func commonTrouble(_ failed: [Failed]) -> MySQLError? {
        guard failed.count > 1 else { return nil }
        let isCommon = failed.allSatisfy { $0.item.operation.phase == .admit && $0.error.isPrivilegeMissing }
        return isCommon ? failed.first?.error : nil
    }

    private func explained(_ error: MySQLError, _ item: Item) -> SyncError {
        guard error.number == MarkingCheck.errorNumber, item.operation.phase == .mark else {
            return Self.explained(error, at: connection.endpoint)
        }
        return MarkingCheck.movedError(item.operation, at: connection.endpoint)
    }

    /// What an error of a statement about an account means.
    static func explained(_ error: MySQLError, at place: String) -> SyncError {
        let plain = SyncError(mysql: error, at: place)
        switch error.number {
        case 4006:
            return SyncError(
                plain.code,
                "\(plain.message) Views, routines, triggers and events go by the name of whoever defined them: run the plan "
                    + "with --name-blockers to see them"
            )
        case 1396: return SyncError(plain.code, "\(plain.message) The account is there already, or is gone.")
        default: return plain
        }
    }
}

extension StatementCompiler.Item {
    var isRevocation: Bool {
        if case .revoke = operation.action { true } else { false }
    }

    /// A revocation that the server answered with no more than silence is not done.
    func outcome(rolesLeft: Set<Catalogue.Edge>) -> OperationOutcome {
        guard case .revoke(let memberships) = operation.action else { return OperationOutcome(operation, .done) }
        let left = memberships.filter { membership in
            guard let role = account.roles[membership.role] else { return false }
            return rolesLeft.contains(Catalogue.Edge(role: role, member: account.id, isAdmin: false))
        }
        guard !left.isEmpty else { return OperationOutcome(operation, .done) }
        let roles = left.map(\.role.rawValue).joined(separator: ", ")
        return OperationOutcome(
            operation,
            .failed(SyncError(.server, "\(operation.account) still holds \(roles) after the revocation"))
        )
    }
}
