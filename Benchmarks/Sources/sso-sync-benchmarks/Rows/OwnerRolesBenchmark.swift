// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore

/// What many owner roles are for: PostgreSQL 17 with 10,000 accounts, shared out among them or all under one.
struct OwnerRolesBenchmark: Benchmark {
    static let name = "owner-roles"
    static let summary = "one joiner and 100 leavers among 10,000 accounts on PostgreSQL 17, beside one owner role"

    static let accounts = 10_000
    let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        try await Server.with(17) { server in
            try await Server.with(17) { reference in
                // Room for 500 is one owner role; what is beyond is put under it by the superuser.
                let shared = try await Deployment(server, capacity: Self.accounts + 1_000)
                let single = try await Deployment(reference, capacity: 500)
                for deployment in [shared, single] {
                    try Prefill(deployment, people: Self.accounts).run()
                    try await deployment.apply(People(0..<Self.accounts), operations: 0)
                }
                return try await joiners(shared, single) + leavers(shared, single)
            }
        }
    }
}

/// One joiner.
extension OwnerRolesBenchmark {
    /// Our time is that of a session which is open and has the lock: it reads, plans and writes.
    ///
    /// Beside it stand the
    /// statements alone, because the provisioner would not put a 501st account under one owner role.
    func joiners(_ shared: Deployment, _ single: Deployment) async throws -> [Row] {
        var (open, whole, plain, transaction) = (Sample(), Sample(), Sample(), Sample())
        let user = People.user(Self.accounts)
        let people = People(0...Self.accounts).prepared(for: [user])
        let psql = Psql(server: single.server, user: Deployment.login)
        for _ in 0..<options.rounds {
            let script = try await shared.script(people, .people([user])).map(Self.underOneOwner)
            open.add(try await OpenRun(shared, people, .people([user])).time(operations: 1))
            try Self.removeJoiner(shared)
            plain.add(try await psql.timeStatements(Self.withoutTransaction(script), .oneByOne))
            try Self.removeJoiner(single)
            whole.add(try await seconds { try await shared.apply(people, .people([user]), operations: 1) })
            try Self.removeJoiner(shared)
            transaction.add(try await psql.timeStatements(script, .oneMessage))
            try Self.removeJoiner(single)
        }
        let what = "one joiner among 10,000, PostgreSQL 17"
        return [
            .speedup(
                "\(what): read, plan, write; beside the statements under one owner",
                open,
                over: plain,
                atLeast: 6
            ),
            .note("  beside the statements in one transaction", "\(open) : \(transaction)"),
            .note("  with connecting", "\(whole)"),
        ]
    }

    private static func underOneOwner(_ statement: String) -> String {
        guard statement.contains("ROLE \"sso_sync_owner_"), let end = statement.lastIndex(of: "_") else {
            return statement
        }
        return statement[...end] + "01\";"
    }

    private static func withoutTransaction(_ script: [String]) -> [String] {
        let statements = script.filter { !["BEGIN;", "COMMIT;"].contains($0) }
        return statements.map { $0.replacingOccurrences(of: "SET LOCAL", with: "SET") }
    }

    private static func removeJoiner(_ deployment: Deployment) throws {
        try deployment.server.superuser("DROP ROLE \(People.name(accounts))")
    }
}
