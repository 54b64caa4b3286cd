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
        try await Server.with(Postgres(17)) { server in
            try await Server.with(Postgres(17)) { reference in
                // Room for 500 is one owner role; what is beyond is put under it by the superuser.
                let shared = try await Deployment(server, capacity: Self.accounts + 1_000)
                let single = try await Deployment.underOneOwner(reference)
                for deployment in [shared, single] { _ = try await deployment.fill(people: Self.accounts) }
                return try await joiners(shared, single) + leavers(shared, single)
            }
        }
    }
}

/// One joiner.
extension OwnerRolesBenchmark {
    /// What an owner role costs is in the statements: the plan's, sent by psql to either server as one transaction.
    ///
    /// The whole is told besides, by an open session that has the lock: it reads, plans and writes. The provisioner would not put a 501st account under one owner role. So what reading and planning take there is
    /// told by a run with nothing to do, and writing by the plan's statements, sent by psql one by one.
    func joiners(_ shared: Deployment, _ single: Deployment) async throws -> [Row] {
        var (open, idle, plain) = (Sample(), Sample(), Sample())
        var (statements, underOne, whole) = (Sample(), Sample(), Sample())
        let (user, old) = (People.user(Self.accounts), People.user(0))
        let people = People(0...Self.accounts).prepared(for: [user])
        let nobodyNew = People(0..<Self.accounts).prepared(for: [old])
        let (ours, reference) = (shared.client, single.client)
        for _ in 0..<options.rounds {
            let script = try await shared.script(people, .people([user]))
            open.add(try await OpenRun(shared, people, .people([user])).time(operations: 1))
            try Self.removeJoiner(shared)
            idle.add(try await OpenRun(single, nobodyNew, .people([old])).time(operations: 0))
            statements.add(try await ours.timeStatements(script, .oneMessage))
            try Self.removeJoiner(shared)
            underOne.add(try await reference.timeStatements(Self.underOneOwner(script), .oneMessage))
            try Self.removeJoiner(single)
            let byHand = Self.withoutTransaction(Self.underOneOwner(script))
            plain.add(try await reference.timeStatements(byHand, .oneByOne))
            try Self.removeJoiner(single)
            whole.add(try await seconds { try await shared.apply(people, .people([user]), operations: 1) })
            try Self.removeJoiner(shared)
        }
        let what = "one joiner among 10,000, PostgreSQL 17"
        return [
            .speedup("\(what): its statements, beside one owner", statements, over: underOne, atLeast: 6),
            .note("  read, plan, write; beside one owner", "\(open) : \(idle + plain)"),
            .note("  with connecting", "\(whole)"),
        ]
    }

    /// The only owner role grants too, in its own name, so it has to be switched to but once.
    private static func underOneOwner(_ script: [String]) -> [String] {
        script.filter { !$0.hasPrefix("SET LOCAL ROLE \"\(Postgres.grantor)\"") }.map { statement in
            statement.hasPrefix("SET LOCAL ROLE")
                ? "SET LOCAL ROLE \(Postgres.onlyOwner);"
                : statement.replacingOccurrences(of: " GRANTED BY \"\(Postgres.grantor)\"", with: "")
        }
    }

    private static func withoutTransaction(_ script: [String]) -> [String] {
        let statements = script.filter { !["BEGIN;", "COMMIT;"].contains($0) }
        return statements.map { $0.replacingOccurrences(of: "SET LOCAL", with: "SET") }
    }

    private static func removeJoiner(_ deployment: Deployment) throws {
        try deployment.server.superuser("DROP ROLE \(People.name(accounts))")
    }
}
