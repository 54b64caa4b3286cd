// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConcurrency
internal import SSOSyncCore

/// What RDS has said about targets, from run to run.
///
/// To ask about one takes several calls, one after the other, before anybody can be let in.
final class KeptLookUps: Sendable {
    private let keeper: Keeper<TargetName, TargetServer>

    /// Nothing is known yet.
    init() {
        var limits = Keeper<TargetName, TargetServer>.Limits()
        (limits.count, limits.idle) = (.max, limits.age)
        keeper = Keeper(limits: limits)
    }

    /// What is known of a target; nil if that is nothing, or old.
    func server(of target: TargetName) -> TargetServer? {
        guard let item = keeper.take(target, now: .now) else { return nil }
        keeper.keep(item, for: target, now: .now)
        return item.value
    }

    /// Remembers what was looked up just now.
    func keep(_ server: TargetServer, of target: TargetName) {
        forget(target)
        keeper.keep(Keeper.Item(server, made: .now), for: target, now: .now)
    }

    /// Has a target looked up anew by the next run.
    func forget(_ target: TargetName) { _ = keeper.take(target, now: .now) }

    /// Has all of them looked up anew.
    func forgetAll() { keeper.letGo() }
}
