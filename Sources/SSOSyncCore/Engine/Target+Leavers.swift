// SPDX-License-Identifier: Apache-2.0

extension SyncEngine.Target {
    /// For how long leavers are remembered at least, in seconds: a snapshot lets people in for a quarter of an hour, and whoever read it may
    /// have a clock that is five minutes ahead.
    private static let shortestMemory: Int64 = 900 + 300

    /// The target, where an account is not dropped as long as there may be a reading of before its lock that lets people in.
    ///
    /// The marker tells such a reading that a later one has decided, and goes with the account: the same person would be let in anew.
    ///
    /// - Parameter longestAdmission: How old readings may be to let people in, in seconds; nil if none is handed on, so that there is
    ///   none of before.
    func remembering(leaversFor longestAdmission: Int64?) -> SyncEngine.Target {
        guard let longestAdmission else { return self }
        let memory = max(Self.shortestMemory, min(longestAdmission, .max - 300) + 300)
        return SyncEngine.Target(
            policy: policy.keepingLeavers(for: memory),
            provisioner: provisioner,
            rests: rests,
            server: server
        )
    }
}
