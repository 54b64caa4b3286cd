// SPDX-License-Identifier: Apache-2.0

/// Whether a run has to wake a target that pauses while nobody is connected.
///
/// It need not if a run of everyone had nothing to do on the same server, for the same directory, by the same policy. What was
/// true then still is: nobody has changed the target since but people at the server themselves, who woke it, and accounts that
/// were locked let nobody in. Before a run changes anything, that is forgotten.
struct TargetRest {
    private let store: any RestStore
    private let policy: Policy
    private let runId: String
    /// Which server it is.
    ///
    /// What one that does not pause now was in step with when it did has to be forgotten all the same.
    private let server: Result<PausableServer, any Error>
    /// Why what the target was in step with could not be forgotten.
    ///
    /// Then nobody may be let in: should the directory turn back, the target would be taken for one in step, and whoever was
    /// let in would stay. Whoever was locked out would stay so, too, which harms nobody else.
    private(set) var failure: SyncError?

    /// Nil if nothing is remembered, nothing can be changed, or the target never pauses.
    init?(_ target: SyncEngine.Target, _ access: SessionAccess) async {
        guard access.kind == .writing, let store = target.rests,
            let provisioner = target.provisioner as? any Pausing
        else { return nil }
        self.store = store
        policy = target.policy
        runId = access.runId
        server = await Result.catching { try await provisioner.pausableServer(access) }
    }

    /// Whether the target may be left paused.
    func lasts(for directory: Directory, now: Timestamp) async -> Bool {
        guard directory.scope == .everyone, let server = try? server.get(),
            let rest = try? await store.rest(of: server.id)
        else { return false }
        return rest.fingerprint == fingerprint(directory) && now < rest.until
    }

    /// Forgets what the target was in step with; if that fails, ``failure`` says why.
    mutating func forget() async {
        do {
            try await store.forget(server.get().id, run: runId)
        } catch {
            failure = SyncError(
                .server,
                "what target \(policy.target) was in step with cannot be forgotten, so nobody is let in: \(error)"
            )
        }
    }

    /// What the target is in step with if the run has nothing to do; nil if it does not pause.
    ///
    /// For a day at most: what nobody here can know, a machine with another memory has changed, say, shows then.
    func rest(_ directory: Directory, _ accounts: Accounts, now: Timestamp) -> Rest? {
        let day = now.advanced(bySeconds: 86_400)
        let drop = nextDrop(accounts, directory.id, after: now) ?? day
        return fingerprint(directory).map { Rest(fingerprint: $0, until: min(drop, day)) }
    }

    /// Remembers it, if the run has looked at everyone and had nothing to do.
    ///
    /// Where that fails the next run wakes the target.
    func keep(_ rest: Rest, after report: TargetReport, of scope: Scope) async {
        guard scope == .everyone, report.hadNothingToDo, let server = try? server.get() else { return }
        try? await store.keep(rest, of: server.id, run: runId)
    }

    private func fingerprint(_ directory: Directory) -> String? {
        guard let server = try? server.get(), let version = server.pausedAs else { return nil }
        var fingerprint = Fingerprint()
        fingerprint.add(server.id)
        fingerprint.add(version)
        fingerprint.add(directory.fingerprint)
        fingerprint.add(String(decoding: CanonicalJSON.bytes(policy), as: UTF8.self))
        return fingerprint.finalize()
    }

    /// When the first of the accounts that are locked may be dropped, but for those that the run has just looked at.
    private func nextDrop(_ accounts: Accounts, _ directory: DirectoryId, after now: Timestamp) -> Timestamp? {
        guard policy.leavers.then == .drop else { return nil }
        return accounts.accounts.lazy.compactMap { account -> Timestamp? in
            guard case .marker(let marker) = account.marker, marker.owner == policy.owner,
                marker.directory == directory, marker.state == .locked
            else { return nil }
            let isOver = marker.lockedAt.advanced(bySeconds: policy.leavers.quarantine)
            guard let reduced = marker.reduced, !marker.isReleased else { return isOver }
            return max(isOver, reduced.advanced(bySeconds: Policy.Brake.window))
        }.filter { $0 > now }.min()
    }
}

extension TargetReport {
    /// What somebody at the server, or time alone, may mend.
    private static let lookedAtAgain: Set<Finding.Kind> = [.notice, .irrevocableMembership, .markerFromFuture]

    /// Whether the run looked, and found nothing to do, nothing that waits, and nothing that anybody should look at.
    fileprivate var hadNothingToDo: Bool {
        guard let content = plan?.content, verdict == .inSync else { return false }
        return content.steps.isEmpty && content.withheld.isEmpty && content.conflicts.isEmpty
            && !content.findings.contains { $0.isUrgent || Self.lookedAtAgain.contains($0.kind) }
    }
}
