// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// A hundred leavers, each with a session.
extension OwnerRolesBenchmark {
    /// How the leavers are put out.
    private enum Way: CaseIterable {
        /// By the provisioner, from an open session that has the lock.
        case open
        /// By the provisioner, with connecting.
        case whole
        /// By the provisioner, all accounts being under one owner role.
        case openUnderOneOwner
        /// By psql, statement by statement, all accounts being under one owner role.
        case plainUnderOneOwner
    }

    /// Ours is the time until all are out: read, plan, lock, revoke, end sessions, look whether they are gone.
    ///
    /// Beside it stand the statements by which that is usually done, person by person, and our own code, which
    /// is faster under one owner role too.
    func leavers(_ shared: Deployment, _ single: Deployment) async throws -> [Row] {
        var samples: [Way: Sample] = [:]
        var locks = Sample()
        var hundred = 0
        for _ in 0..<(options.isQuick ? 1 : 3) {
            for way in Way.allCases {
                let deployment = way == .open || way == .whole ? shared : single
                let times = try await leave(hundred, deployment, way)
                samples[way, default: Sample()].add(times.untilOut)
                if let lock = times.lock { locks.add(lock) }
                hundred += 1
            }
        }
        let time = { (way: Way) in samples[way] ?? Sample() }
        let what = "100 leavers with open sessions among 10,000, PostgreSQL 17, until all are out"
        return [
            .speedup(
                "\(what); beside one owner, statement by statement",
                time(.open),
                over: time(.plainUnderOneOwner),
                atLeast: 5
            ),
            .note("  their lock alone there", "\(locks)"),
            .note("  beside the same code under one owner", "\(time(.open)) : \(time(.openUnderOneOwner))"),
            .note("  with connecting", "\(time(.whole))"),
        ]
    }

    private func leave(_ hundred: Int, _ deployment: Deployment, _ way: Way) async throws
        -> (untilOut: Double, lock: Double?)
    {
        let leavers = Leavers(hundred: hundred, of: Self.accounts)
        return try await leavers.afterLogin(to: deployment.server) {
            switch way {
            case .open, .openUnderOneOwner: (try await leavers.timeOpenRun(deployment), nil)
            case .whole: (try await leavers.timeWholeRun(deployment), nil)
            case .plainUnderOneOwner: try await leaveByHand(leavers.people, deployment.client)
            }
        }
    }

    private func leaveByHand(_ leavers: Range<Int>, _ psql: Client) async throws -> (untilOut: Double, lock: Double?) {
        let lock = try await psql.timeStatements(Self.locks(leavers), .oneByOne)
        return (lock + (try await psql.timeStatements(Self.farewell(leavers), .oneByOne)), lock)
    }

    private static func locks(_ leavers: Range<Int>) -> [String] {
        ["SET ROLE \(Postgres.onlyOwner);"] + leavers.map { "ALTER ROLE \(People.name($0)) NOLOGIN;" }
    }

    /// Takes the roles away and ends the sessions, and waits until these are gone.
    private static func farewell(_ leavers: Range<Int>) -> [String] {
        let names = leavers.map { People.name($0).rawValue }
        let roles = Deployment.roles.map(\.rawValue).joined(separator: ", ")
        let list = names.map { "'\($0)'" }.joined(separator: ", ")
        return ["SET ROLE \(Postgres.onlyOwner);"] + names.map { "REVOKE \(roles) FROM \($0);" } + [
            "RESET ROLE;",
            "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE usename IN (\(list));",
        ]
    }
}
