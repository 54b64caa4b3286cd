// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore

/// The program `sso-sync`, from its start to its end, beside one psql that makes the same accounts.
struct WholeProcessBenchmark: Benchmark {
    static let name = "whole-process"
    static let summary = "sso-sync apply for 1,000 people in a file on PostgreSQL 15, beside one psql -c"

    private static let people = 1_000
    private let options: Options

    init(_ options: Options) { self.options = options }

    func run() async throws -> [Row] {
        try await Server.with(Postgres(15)) { server in
            let deployment = try await Deployment(server, capacity: Self.people)
            let files = try ToolFiles(server, tool: options.tool, people: Self.people)
            let psql = deployment.client
            let script = try TemporaryFile(Self.statements(marked: true).joined(separator: "\\;\n") + ";\n")
            var (same, unmarked, first, second, leaving) = (Sample(), Sample(), Sample(), Sample(), Sample())
            for _ in 0..<options.rounds {
                same.add(try await psql.run(file: script))
                try await deployment.removeAccounts()
                unmarked.add(try await psql.run(["-c", Self.statements(marked: false).joined(separator: ";\n")]))
                try await deployment.removeAccounts()
                _ = try files.apply(.left)
                first.add(try files.apply(.joined))
                second.add(try files.apply(.joined))
                leaving.add(try leave(files, server))
                try await deployment.removeAccounts()
            }
            return Self.rows(psql: same, unmarked: unmarked, first: first, second: second, leaving: leaving)
        }
    }

    /// Everybody but one leaves: one run locks them, the next one drops them.
    ///
    /// The removals are allowed by their hash: others have to wait for a day before they are dropped, as long as the brake
    /// remembers them.
    private func leave(_ files: ToolFiles, _ server: Server) throws -> Double {
        let hash = try files.removalsHash(.left)
        let time = try files.apply(.left, releasing: hash) + files.apply(.left)
        let left = try server.count(server.engine.accountCount)
        guard left == 1 else { throw Trouble("\(left) accounts are left after two runs") }
        return time
    }

    private static func rows(
        psql: Sample,
        unmarked: Sample,
        first: Sample,
        second: Sample,
        leaving: Sample
    ) -> [Row] {
        let what = "sso-sync apply, \(Figures.thousands(people)) people in two groups, PostgreSQL 15, beside psql"
        return [
            .ratio("\(what): first run", first, to: psql, atMost: 2),
            .ratio("  nothing to do", second, to: psql, atMost: 1),
            .ratio("  all leave, until dropped (two runs)", leaving, to: psql, atMost: 4),
            .note("  psql -c that leaves the markers out", "\(unmarked)"),
        ]
    }

    /// The same accounts: logins by IAM token with two roles.
    ///
    /// Without markers, which one argument has no room for.
    private static func statements(marked: Bool) -> [String] {
        let names = (0..<people).map { People.name($0).rawValue }
        let list = names.joined(separator: ", ")
        var statements = ["BEGIN"] + names.map { "CREATE ROLE \($0) LOGIN" }
        statements += (["rds_iam"] + Deployment.roles.map(\.rawValue)).map { "GRANT \($0) TO \(list)" }
        if marked { statements += (0..<people).map { "COMMENT ON ROLE \(names[$0]) IS '\(Prefill.marker($0).text)'" } }
        return statements + ["COMMIT"]
    }
}
