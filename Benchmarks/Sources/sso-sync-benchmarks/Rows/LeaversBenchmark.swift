// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// A hundred leavers, each with a session, among 10,000 accounts on MySQL.
struct LeaversBenchmark: Benchmark {
    static let name = "leavers"
    static let summary = "100 leavers with open sessions among 10,000 accounts on MySQL, beside mysql"

    private static let accounts = 10_000
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        try await Server.with(MySQL()) { server in
            let deployment = try await Deployment(server)
            _ = try await deployment.fill(people: Self.accounts)
            var (open, whole, theirs, blind) = (Sample(), Sample(), Sample(), Sample())
            for round in 0..<options.rounds {
                open.add(try await leave(4 * round, deployment) { try await $0.timeOpenRun(deployment) })
                theirs.add(try await leave(4 * round + 1, deployment) { try await leaveByHand($0, deployment) })
                blind.add(try await leave(4 * round + 2, deployment) { try await changeByHand($0, deployment) })
                whole.add(try await leave(4 * round + 3, deployment) { try await $0.timeWholeRun(deployment) })
            }
            let what = "100 leavers with open sessions among 10,000, MySQL, until all are out"
            return [
                .ratio("\(what), beside mysql", open, to: theirs, atMost: 1.5),
                .note("  mysql that reads no accounts before", "\(blind)"),
                .note("  with connecting", "\(whole)"),
            ]
        }
    }

    private func leave(
        _ hundred: Int,
        _ deployment: Deployment,
        _ time: (Leavers) async throws -> Double
    ) async throws -> Double {
        let leavers = Leavers(hundred: hundred, of: Self.accounts)
        return try await leavers.afterLogin(to: deployment.server) { try await time(leavers) }
    }

    /// The run's statements, sent by the client: what an inspection reads, and then what changes.
    private func leaveByHand(_ leavers: Leavers, _ deployment: Deployment) async throws -> Double {
        let directory = try await leavers.directory.directory(
            DirectoryRequest(groups: [], scope: .people(leavers.scope))
        )
        let request = deployment.inspection(of: directory, now: .now)
        return try await changeByHand(leavers, deployment, after: try await MySQL.readings(of: request, deployment))
    }

    /// The plan's statements, which lock and revoke, and `KILL` for whoever is found then, sent by the client in as few
    /// messages as it can be done in.
    private func changeByHand(
        _ leavers: Leavers,
        _ deployment: Deployment,
        after readings: [String] = []
    ) async throws -> Double {
        let script = try await deployment.script(leavers.directory, .people(leavers.scope))
        let names = leavers.people.map { "'\(People.name($0))'" }.joined(separator: ", ")
        let there = "FROM information_schema.PROCESSLIST WHERE USER IN (\(names));"
        let client = try await Conversation(deployment.client)
        defer { client.stop() }
        return try await seconds {
            if !readings.isEmpty { _ = try client.ask(readings) }
            let sessions = try client.ask(script + ["SELECT ID \(there)"])
            var answer = try client.ask(sessions.map { "KILL \($0);" } + ["SELECT COUNT(*) \(there)"])
            while answer != ["0"] { answer = try client.ask(["SELECT COUNT(*) \(there)"]) }
        }
    }
}
