// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

extension Postgres {
    func fill(_ prefill: Prefill) throws {
        let server = prefill.deployment.server
        let owners = try server.superuser(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sso\\_sync\\_owner\\_%' ORDER BY 1"
        )
        let people = prefill.people
        for start in stride(from: people.lowerBound, to: people.upperBound, by: 1_000) {
            let chunk = Array(start..<min(start + 1_000, people.upperBound))
            try server.superuser(
                (["BEGIN"] + statements(prefill, chunk, owners) + ["COMMIT"]).joined(separator: ";\n")
            )
        }
    }

    private func statements(_ prefill: Prefill, _ chunk: [Int], _ owners: [String]) -> [String] {
        let login = prefill.isLocked ? "NOLOGIN" : "LOGIN"
        let creations = chunk.map { "CREATE ROLE \(People.name($0)) \(login)" }
        let comments = chunk.map { "COMMENT ON ROLE \(People.name($0)) IS '\(prefill.marker($0).text)'" }
        guard !owners.isEmpty else { return creations + grants(prefill, chunk, by: nil) + comments }
        let shares = Dictionary(grouping: chunk) { owners[$0 % owners.count] }
        let owned = shares.sorted { $0.key < $1.key }.map { owner, share in
            "GRANT \(list(share)) TO \(owner) WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"
        }
        return creations + comments + owned + grants(prefill, chunk, by: prefill.deployment.granter)
    }

    private func grants(_ prefill: Prefill, _ people: [Int], by grantor: String?) -> [String] {
        let roles = ["rds_iam"] + (prefill.isLocked ? [] : Deployment.roles.map(\.rawValue))
        // Before PostgreSQL 16 nobody minds who granted.
        return roles.map { "GRANT \($0) TO \(list(people))" + (grantor.map { " GRANTED BY \($0)" } ?? "") }
    }

    private func list(_ people: [Int]) -> String { people.map { People.name($0).rawValue }.joined(separator: ", ") }
}
