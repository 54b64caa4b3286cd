// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore

/// Accounts as the provisioner makes them, made quickly by the superuser: the rows in the catalogues are the same.
struct Prefill {
    private let deployment: Deployment
    private let people: Range<Int>
    private let state: Marker.State
    private let time: Timestamp

    /// - Parameters:
    ///   - count: How many people there are to be; those who are there are left alone.
    ///   - locked: Whether they have left, a month ago.
    init(_ deployment: Deployment, people count: Int, locked: Bool = false) throws {
        let names = try deployment.server.superuser("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'person%'")
        self.deployment = deployment
        people = (names.first.flatMap { Int($0) } ?? 0)..<count
        state = locked ? .locked : .active
        time = Timestamp.now.advanced(bySeconds: -30 * 86_400)
    }

    func run() throws {
        let owners = try deployment.server.superuser(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sso\\_sync\\_owner\\_%' ORDER BY 1"
        )
        for start in stride(from: people.lowerBound, to: people.upperBound, by: 1_000) {
            let chunk = Array(start..<min(start + 1_000, people.upperBound))
            try deployment.server.superuser(
                (["BEGIN"] + statements(chunk, owners) + ["COMMIT"]).joined(separator: ";\n")
            )
        }
        try deployment.server.settle()
    }

    private func statements(_ chunk: [Int], _ owners: [String]) -> [String] {
        let creations = chunk.map { "CREATE ROLE \(People.name($0)) \(state == .active ? "LOGIN" : "NOLOGIN")" }
        let comments = chunk.map { "COMMENT ON ROLE \(People.name($0)) IS '\(marker($0).text)'" }
        guard !owners.isEmpty else { return creations + grants(chunk, by: nil) + comments }
        let shares = Dictionary(grouping: chunk) { owners[$0 % owners.count] }
        let owned = shares.sorted { $0.key < $1.key }.map { owner, share in
            "GRANT \(list(share)) TO \(owner) WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"
        }
        return creations + comments + owned + grants(chunk, by: deployment.granter)
    }

    private func grants(_ people: [Int], by grantor: String?) -> [String] {
        let roles = ["rds_iam"] + (state == .active ? Deployment.roles.map(\.rawValue) : [])
        // Before PostgreSQL 16 nobody minds who granted.
        return roles.map { "GRANT \($0) TO \(list(people))" + (grantor.map { " GRANTED BY \($0)" } ?? "") }
    }

    private func list(_ people: [Int]) -> String { people.map { People.name($0).rawValue }.joined(separator: ", ") }

    private func marker(_ number: Int) -> Marker { Self.marker(number, state, time) }

    static func marker(_ number: Int, _ state: Marker.State = .active, _ time: Timestamp = .now) -> Marker {
        Marker(
            owner: Deployment.owner,
            directory: Deployment.directoryId,
            user: People.user(number),
            name: People.name(number),
            state: state,
            asOf: time,
            joined: time,
            reduced: state == .locked ? time : nil
        )
    }
}
