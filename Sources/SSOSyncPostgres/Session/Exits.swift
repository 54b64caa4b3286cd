// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Who is out of all instances, or of what was lost, and who is not.
struct Exits: Sendable {
    let results: [Result<SessionEnder.Outcome, SyncError>]
    /// Which sessions were to end.
    let sessions: EndingSessions

    /// What became of somebody's sessions.
    ///
    /// - Returns: How many were told to end, and why that is not all that there are; nil if it is.
    func exit(of id: Int, _ account: AccountName) -> (ended: Int, problem: SyncError?) {
        var ended = 0
        var problems: [String] = []
        for result in results {
            switch result {
            case .failure(let error): problems.append("\(doubt(account)): \(error)")
            case .success(let outcome):
                ended += outcome.ended[id] ?? 0
                if let problem = problem(account, id, outcome) { problems.append(problem) }
            }
        }
        guard !problems.isEmpty else { return (ended, nil) }
        let code: SyncError.Code = sessions.areAll ? .notOut : .notDisconnected
        return (ended, SyncError(code, problems.sorted().joined(separator: "; ")))
    }

    private func doubt(_ account: AccountName) -> String {
        sessions.areAll
            ? "it is not known whether \(account) is out" : "a session of \(account) may be in a role that was taken"
    }

    private func problem(_ account: AccountName, _ id: Int, _ outcome: SessionEnder.Outcome) -> String? {
        if outcome.unaware.contains(id) {
            return sessions.areAll
                ? "\(outcome.place) would still let \(account) in"
                : "\(outcome.place) has not heard yet of the role that \(account) lost"
        }
        if let left = outcome.left[id] {
            let which = sessions.areAll ? "" : " of before it lost a role"
            return "\(account) still has \(left) sessions\(which) on \(outcome.place)"
        }
        guard let starting = outcome.starting[id] else { return nil }
        let pids = starting.map(String.init).joined(separator: ", ")
        return
            "a login that began before \(account) \(sessions.areAll ? "was locked" : "lost a role") is still starting up on "
            + "\(outcome.place), and could be theirs: process \(pids)"
    }
}
