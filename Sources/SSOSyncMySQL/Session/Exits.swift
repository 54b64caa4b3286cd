// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Who is out of all instances, and who is not.
struct Exits: Sendable {
    let results: [Result<SessionEnder.Outcome, SyncError>]
    /// Which sessions were to end.
    let sessions: EndingSessions

    /// What became of somebody's sessions.
    ///
    /// - Parameters:
    ///   - ids: The accounts of one user by which the person may get in.
    ///   - account: Their name.
    /// - Returns: How many were told to end, and why the person is not out; nil if the person is.
    func exit(of ids: [AccountId], _ account: AccountName) -> (ended: Int, problem: SyncError?) {
        var ended = 0
        var problems: Set<String> = []
        for result in results {
            switch result {
            case .failure(let error): problems.insert("\(doubt(account)): \(error)")
            case .success(let outcome):
                for id in ids {
                    ended += outcome.ended[id] ?? 0
                    if let problem = problem(account, id, outcome) { problems.insert(problem) }
                }
            }
        }
        guard !problems.isEmpty else { return (ended, nil) }
        let code: SyncError.Code = sessions.areAll ? .notOut : .notDisconnected
        return (ended, SyncError(code, problems.sorted().joined(separator: "; ")))
    }

    private func doubt(_ account: AccountName) -> String {
        sessions.areAll
            ? "it is not known whether \(account) is out" : "a session of \(account) may have what a lost role gave"
    }

    private func problem(_ account: AccountName, _ id: AccountId, _ outcome: SessionEnder.Outcome) -> String? {
        let event = sessions.areAll ? "was locked" : "lost a role"
        if outcome.unaware.contains(id) {
            return sessions.areAll
                ? "\(outcome.place) would still let \(account) in"
                : "\(outcome.place) has not heard yet of the role that \(account) lost"
        }
        if let left = outcome.left[id] {
            let reason = outcome.refusals[id].map { ": \($0)" } ?? ""
            let which = sessions.areAll ? "" : " of before it lost a role"
            return "\(account) still has \(left) sessions\(which) on \(outcome.place)\(reason)"
        }
        if let starting = outcome.starting[id] {
            return "a login that began before \(account) \(event) goes on at \(outcome.place), and could be theirs: "
                + "connection \(Self.list(starting))"
        }
        guard let disguised = outcome.disguised[id] else { return nil }
        let sessions = disguised.sorted().map { connection in
            let kind = outcome.areEvents.contains(connection) ? "an event, connection" : "connection"
            return "\(kind) \(connection), which shows as \(outcome.disguises[connection] ?? "?")"
        }
        let remedy = disguised.isSubset(of: outcome.areEvents) ? "" : " \(Self.performanceSchemaRemedy)"
        return
            "a session that may be in somebody's code at \(outcome.place), and has been since \(account) \(event), "
            + "could be theirs: \(sessions.joined(separator: "; ")). The server does not say whose it is; the next run looks "
            + "again.\(remedy)"
    }

    private static func list(_ connections: Set<UInt64>) -> String {
        connections.sorted().map(String.init).joined(separator: ", ")
    }

    static let performanceSchemaRemedy =
        "Set performance_schema to 1 in the parameter group, and restart the instances (it costs some memory)"
}
