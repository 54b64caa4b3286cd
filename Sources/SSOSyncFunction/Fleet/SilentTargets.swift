// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Targets that do not answer, or are busy, while a batch of excerpts is worked on.
///
/// Each excerpt would wait for them until their time is up, and the later ones, and the snapshot, would never have their turn.
struct SilentTargets {
    /// After how many excerpts in a row a target is not waited for any more: one may be about so many people that it takes long.
    private static let patience = 2

    private var silences: [TargetName: Int] = [:]
    /// Whether another writer has held the lock of one for as long as it was waited for.
    private(set) var hasBusy = false

    /// Those that are not waited for any more.
    var names: Set<TargetName> { Set(silences.filter { $0.value >= Self.patience }.keys) }

    /// Takes down who has answered in a run, and who has not.
    mutating func note(_ report: SyncReport) {
        hasBusy = hasBusy || report.targets.contains { $0.verdict == .busy }
        for target in report.targets {
            silences[target.target] = target.hasNotAnswered ? silences[target.target, default: 0] + 1 : nil
        }
    }
}

extension TargetReport {
    /// Whether it did not come to a plan because nobody was there, or not in time.
    ///
    /// What takes too long later is about somebody, and others need not be kept by it.
    fileprivate var hasNotAnswered: Bool {
        guard plan == nil, let code = failure?.code else { return false }
        return [.unreachable, .timeout, .lookUp].contains(code)
    }
}
