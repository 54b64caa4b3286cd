// SPDX-License-Identifier: Apache-2.0

extension SyncEngine.Target {
    /// How old a reading may be that lets people in, in seconds, whatever this one may: a snapshot does so for a quarter of an hour.
    private static let longestAdmission: Int64 = 900

    /// The target, where an account is not dropped as long as there may be a reading of before its lock that lets people in.
    ///
    /// The marker tells such a reading that a later one has decided, and goes with the account: the same person would be let in anew.
    ///
    /// - Parameter longestAdmission: How old readings may be to let people in, in seconds; nil if none is handed on, so that there is
    ///   none of before.
    func remembering(leaversFor longestAdmission: Int64?) -> SyncEngine.Target {
        guard let longestAdmission else { return self }
        // Whoever has read it may have a clock that is ahead.
        let tolerance = PlanBuilder.clockTolerance
        let memory = min(max(Self.longestAdmission, longestAdmission), .max - tolerance) + tolerance
        return SyncEngine.Target(
            policy: policy.keepingLeavers(for: memory),
            provisioner: provisioner,
            rests: rests,
            server: server
        )
    }
}
