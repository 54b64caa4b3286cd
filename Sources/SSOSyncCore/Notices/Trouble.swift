// SPDX-License-Identifier: Apache-2.0

/// One thing that is the matter, told apart from others by what does not change from run to run: neither times, figures,
/// nor ids of runs.
public struct Trouble: Hashable, Sendable {
    /// What kind of trouble it is.
    public let kind: NoticeKind
    /// A bounded label: of an error, an operation, or a conflict.
    public let code: String
    /// What is the matter, in words that name nobody.
    public let summary: String
    /// Whose account it is about, where it is about one.
    public let user: UserId?
    /// The account or the wanted name, where it is about one.
    public let account: AccountName?
    /// The role, where it is about one.
    public let role: RoleName?
    /// What the error or the conflict says itself; it may name people.
    public let message: String?
    /// The same for the same trouble in every run.
    public let fingerprint: String

    init(
        _ kind: NoticeKind,
        code: String,
        summary: String,
        user: UserId? = nil,
        account: AccountName? = nil,
        role: RoleName? = nil,
        message: String? = nil,
        identity: [String] = []
    ) {
        self.kind = kind
        self.code = code
        self.summary = summary
        self.user = user
        self.account = account
        self.role = role
        self.message = message
        var fingerprint = Fingerprint()
        fingerprint.add(kind.rawValue)
        fingerprint.add(code)
        for field in [user?.rawValue, account?.rawValue, role?.rawValue] { fingerprint.add(field) }
        for field in identity { fingerprint.add(field) }
        self.fingerprint = String(fingerprint.finalize().prefix(16))
    }
}

extension SyncReport {
    /// What is the matter with the directory.
    public var troubles: [Trouble] {
        sourceFailure.map { [Trouble(failure: $0)] } ?? []
    }
}

extension TargetReport {
    /// What is the matter on the target, the gravest kind first.
    ///
    /// That another writer held the lock is not: it is at work there. Nor is that the server is stopped: it lets nobody in.
    public var troubles: [Trouble] {
        let whole = failure.flatMap { [.busy, .deferred].contains($0.code) ? nil : Trouble(failure: $0) }
        let outcomes = outcomes.compactMap(Trouble.init(outcome:))
        guard let content = plan?.content else { return [whole].compactMap(\.self) + outcomes }
        let urgent = content.findings.filter(\.isUrgent).map(Trouble.init(urgent:))
        let conflicts = content.conflicts.map(Trouble.init(conflict:))
        return [whole, Trouble(freeze: content)].compactMap(\.self) + urgent + outcomes
            + conflicts.filter { $0.kind == .failure }
            + Trouble.brake(content) + conflicts.filter { $0.kind == .conflict }
    }
}

extension Trouble {
    /// What failed the directory, or a target as a whole.
    ///
    /// Its text is part of what tells it apart, but for words with digits in them: times, ports, ids. Names in quotes count.
    init(failure: SyncError) {
        let words = failure.message.split(whereSeparator: \.isWhitespace)
        self.init(
            .failure,
            code: failure.code.description,
            summary: failure.code.phrase,
            message: failure.message,
            identity: words.filter { $0.contains("\"") || !$0.contains(where: \.isNumber) }.map(String.init)
        )
    }

    /// An operation that failed; nil for any other.
    ///
    /// One that was not tried follows from one that failed.
    init?(outcome: OperationOutcome) {
        guard case .failed(let error) = outcome.result else { return nil }
        let operation = outcome.operation
        self.init(
            .failure,
            code: "\(operation.label)-failed",
            summary: "\(operation.label) failed: \(error.code.phrase)",
            user: operation.user,
            account: operation.account,
            message: error.message,
            identity: [error.code.description]
        )
    }

    fileprivate init(urgent finding: Finding) {
        self.init(
            .failure,
            code: finding.kind.rawValue,
            summary: finding.kind.phrase,
            account: finding.account,
            message: finding.message,
            // Of several roles each is trouble of its own; what an account runs is one, and how many accounts there are is a figure.
            identity: finding.kind == .lostRoleKept ? [finding.message] : []
        )
    }

    fileprivate init(conflict: Conflict) {
        self.init(
            conflict.kind.failsRun ? .failure : .conflict,
            code: conflict.kind.rawValue,
            summary: conflict.kind.phrase,
            user: conflict.user,
            account: conflict.account,
            role: conflict.role,
            message: conflict.message,
            // A mapped group is told apart by nothing but the text.
            identity: conflict.kind == .groupMissing ? [conflict.message] : []
        )
    }

    /// A freeze that keeps something from being done; nil if there is none.
    ///
    /// Somebody has wanted it: it is told once, however many more have to wait for it.
    fileprivate init?(freeze content: Plan.Content) {
        switch content.hold {
        case .everythingFrozen:
            let waiting = content.steps.count
            self.init(
                .failure,
                code: "frozen",
                summary: "everything is frozen, so nothing is changed, not even for those who left: \(waiting) "
                    + "\(waiting == 1 ? "operation waits" : "operations wait")"
            )
        case .joinsFrozen:
            let waiting = content.withheld.count { $0.cause == .freeze }
            guard waiting > 0 else { return nil }
            self.init(
                .brake,
                code: "joins-frozen",
                summary: "\(waiting) joins and grants wait, because joins are frozen"
            )
        case .ring, nil: return nil
        }
    }

    fileprivate static func brake(_ content: Plan.Content) -> [Trouble] {
        let brake = content.brake
        var troubles: [Trouble] = []
        if brake.stopsRemovals {
            let hash = brake.removalsHash ?? ""
            let figures =
                "\(brake.removals) removals wait, after \(brake.earlierRemovals) within a day, of "
                + "\(brake.accountsInUse) accounts; to let exactly these go: --allow-removals \(hash)"
            let reasons = brake.removalsStoppedBecause.joined(separator: "; ")
            troubles.append(
                Trouble(.brake, code: "removals", summary: figures, message: reasons, identity: [hash])
            )
        }
        if let reason = brake.joinsStoppedBecause {
            let waiting = content.withheld.filter { $0.cause == .joinsBrake }.map(\.step.operation.user.rawValue)
            let figures = "\(brake.joins) joins wait, after \(brake.earlierJoins) within a day"
            troubles.append(
                Trouble(.brake, code: "joins", summary: figures, message: reason, identity: waiting.sorted())
            )
        }
        return troubles
    }
}
