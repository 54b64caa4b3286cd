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
        try await Server.with(15) { server in
            let deployment = try await Deployment(server, capacity: Self.people)
            let files = try ToolFiles(server, tool: options.tool, people: Self.people)
            var (first, second, leaving) = (Sample(), Sample(), Sample())
            var (psql, marked) = (Sample(), Sample())
            for _ in 0..<options.rounds {
                psql.add(
                    try await Psql(server: server, user: Deployment.login).run(["-c", Self.statements(marked: false)])
                )
                try deployment.removeAccounts()
                let file = try TemporaryFile(Self.statements(marked: true).replacingOccurrences(of: ";", with: "\\;"))
                marked.add(try await Psql(server: server, user: Deployment.login).run(["-f", file.path]))
                try deployment.removeAccounts()
                _ = try files.apply(.left)
                first.add(try files.apply(.joined))
                second.add(try files.apply(.joined))
                leaving.add(try leave(files, server))
                try deployment.removeAccounts()
            }
            return Self.rows(psql, marked, first, second, leaving)
        }
    }

    /// Everybody but one leaves: one run locks them, the next one drops them.
    private func leave(_ files: ToolFiles, _ server: Server) throws -> Double {
        var time = 0.0
        for _ in 0..<3 {
            time += try files.apply(.left)
            let left = try server.superuser("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'person%'")
            if left == ["1"] { return time }
        }
        throw Trouble("not all accounts are gone after three runs")
    }

    private static func rows(_ psql: Sample, _ marked: Sample, _ first: Sample, _ second: Sample, _ leaving: Sample)
        -> [Row]
    {
        let what = "sso-sync apply, \(Figures.thousands(people)) people in two groups, PostgreSQL 15, beside psql -c"
        return [
            .ratio("\(what): first run", first, to: psql, atMost: 2),
            .ratio("  nothing to do", second, to: psql, atMost: 1),
            .ratio("  all leave, until dropped (all runs)", leaving, to: psql, atMost: 4),
            .note("  psql that writes markers too, in one message", "\(marked)"),
        ]
    }

    /// The same accounts: logins by IAM token with two roles.
    ///
    /// Without markers, which one argument has no room for.
    private static func statements(marked: Bool) -> String {
        let names = (0..<people).map { People.name($0).rawValue }
        let list = names.joined(separator: ", ")
        var statements = ["BEGIN"] + names.map { "CREATE ROLE \($0) LOGIN" }
        statements += (["rds_iam"] + Deployment.roles.map(\.rawValue)).map { "GRANT \($0) TO \(list)" }
        if marked { statements += (0..<people).map { "COMMENT ON ROLE \(names[$0]) IS '\(Prefill.marker($0).text)'" } }
        return (statements + ["COMMIT"]).joined(separator: ";\n") + ";"
    }
}
