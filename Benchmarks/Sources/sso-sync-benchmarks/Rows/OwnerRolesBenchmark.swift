// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// What many owner roles are for: PostgreSQL 17 with 10,000 accounts, shared out among them or all under one.
struct OwnerRolesBenchmark: Benchmark {
    static let name = "owner-roles"
    static let summary = "one joiner and 100 leavers among 10,000 accounts on PostgreSQL 17, beside one owner role"

    static let accounts = 10_000
    private static let leavers = 100
    private let options: Options

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

    // MARK: One joiner

    private func joiners(_ shared: Deployment, _ single: Deployment) async throws -> [Row] {
        var (open, whole, statements, psql) = (Sample(), Sample(), Sample(), Sample())
        let user = People.user(Self.accounts)
        let people = People(0...Self.accounts).prepared(for: [user])
        for _ in 0..<options.rounds {
            let script = try await shared.script(people, .people([user])).map(Self.underOneOwner)
            open.add(try await OpenRun(shared, people, .people([user])).time(operations: 1))
            try Self.remove(user, shared)
            statements.add(try await Psql(server: single.server, user: Deployment.login).timeStatements(script))
            try Self.remove(user, single)
            whole.add(try await seconds { try await shared.apply(people, .people([user]), operations: 1) })
            try Self.remove(user, shared)
            psql.add(try await Psql(server: single.server, user: Deployment.login).run(script, .oneMessage))
            try Self.remove(user, single)
        }
        let what = "one joiner among 10,000, PostgreSQL 17"
        return [
            .speedup(
                "\(what): reading, planning and writing, beside the statements alone under one owner", open,
                over: statements, atLeast: 6
            ),
            .note("  with connecting, beside psql under one owner", "\(whole) : \(psql)"),
        ]
    }

    private static func underOneOwner(_ statement: String) -> String {
        guard statement.contains("ROLE \"sso_sync_owner_"), let end = statement.lastIndex(of: "_") else { return statement }
        return statement[...end] + "01\";"
    }

    private static func remove(_ user: UserId, _ deployment: Deployment) throws {
        try deployment.server.superuser("DROP ROLE \(People.name(accounts))")
    }

    // MARK: Leavers

    private func leavers(_ shared: Deployment, _ single: Deployment) async throws -> [Row] {
        var (open, whole) = ([Sample(), Sample()], [Sample(), Sample()])
        for round in 0..<(options.isQuick ? 1 : 3) {
            for (index, deployment) in [shared, single].enumerated() {
                open[index].add(
                    try await leave(2 * round, deployment) { people, scope in
                        try await OpenRun(deployment, people, .people(scope)).time(operations: 3 * scope.count)
                    }
                )
                whole[index].add(
                    try await leave(2 * round + 1, deployment) { people, scope in
                        try await seconds {
                            try await deployment.apply(people, .people(scope), operations: 3 * scope.count)
                        }
                    }
                )
            }
        }
        let what = "100 leavers with open sessions among 10,000, PostgreSQL 17, until all are out"
        return [
            .speedup("\(what), beside one owner", open[0], over: open[1], atLeast: 5),
            .note("  with connecting", "\(whole[0]) : \(whole[1])"),
        ]
    }

    private func leave(
        _ hundred: Int,
        _ deployment: Deployment,
        _ run: (People, Set<UserId>) async throws -> Double
    ) async throws -> Double {
        let leavers = (hundred * Self.leavers)..<((hundred + 1) * Self.leavers)
        let scope = Set(leavers.map(People.user))
        let people = People(leavers.upperBound..<Self.accounts, others: 0..<leavers.upperBound).prepared(for: scope)
        let sessions = try await OpenSessions(leavers, on: deployment.server)
        let time = try await run(people, scope)
        let left = try OpenSessions.count(on: deployment.server)
        sessions.stop()
        guard left == 0 else { throw Trouble("\(left) sessions are still there") }
        return time
    }
}
