// SPDX-License-Identifier: Apache-2.0

/// What a notifier has to say about a run.
///
/// Unless it is to name people, it holds ids and figures alone.
public struct Notice: Hashable, Sendable, Encodable {
    /// One thing that is the matter.
    public struct Matter: Hashable, Sendable, Encodable {
        /// What kind of trouble it is.
        public let kind: NoticeKind
        /// A bounded label.
        public let code: String
        /// What is the matter, in words that name nobody.
        public let summary: String
        /// Whose account it is about.
        public let user: UserId?
        /// The account.
        public let account: AccountName?
        /// The role.
        public let role: RoleName?
        /// What the error or the conflict says itself.
        public let message: String?
    }

    /// One thing that was changed.
    public struct Change: Hashable, Sendable, Encodable {
        /// What was done: ``Operation/label``.
        public let operation: String
        /// Whose account it is.
        public let user: UserId
        /// The account's name, afterwards.
        public let account: AccountName?
        /// Roles that were granted or taken.
        public let roles: [RoleName]?
        /// Sessions that were ended.
        public let sessionsEnded: Int
    }

    /// What there is to say about the directory.
    public struct Directory: Hashable, Sendable, Encodable {
        /// What the word is about.
        public let kinds: [NoticeKind]
        /// What is the matter.
        public let matters: [Matter]
    }

    /// What there is to say about one target.
    public struct Target: Hashable, Sendable, Encodable {
        /// The target.
        public let target: TargetName
        /// What the word is about.
        public let kinds: [NoticeKind]
        /// What the run came to on the target.
        public let verdict: String
        /// Operations that were planned, done, left waiting by the plan, and that failed or were not tried.
        public let counts: Counts
        /// What is the matter, as far as the notifier is told.
        public fileprivate(set) var matters: [Matter]
        /// What was changed, if the notifier is told.
        public fileprivate(set) var changes: [Change]
        /// How many matters and changes there are beyond those that are listed.
        public fileprivate(set) var leftOut = 0
    }

    /// Figures of one target.
    public struct Counts: Hashable, Sendable, Encodable {
        /// Operations that were planned.
        public let planned: Int
        /// Operations that were done.
        public let done: Int
        /// Operations that failed, or were not tried because of that.
        public let failed: Int
        /// Steps that the plan left waiting.
        public let waiting: Int
        /// Conflicts.
        public let conflicts: Int
    }

    /// The layout.
    public let version = 1
    /// The deployment.
    public let owner: DeploymentOwner
    /// The run's id.
    public let run: String
    /// When the run began.
    public let startedAt: Timestamp
    /// When the run ended.
    public let finishedAt: Timestamp
    /// What the run came to.
    public let verdict: String
    /// What the word is about.
    public let kinds: [NoticeKind]
    /// What there is to say about the directory; nil for nothing.
    public let directory: Directory?
    /// What there is to say about targets; those about which there is nothing are not among them.
    public fileprivate(set) var targets: [Target]
    /// How many targets there are beyond those that are listed.
    public fileprivate(set) var targetsLeftOut = 0

    init(
        _ report: SyncReport,
        owner: DeploymentOwner,
        kinds: [NoticeKind],
        directory: Directory?,
        targets: [Target]
    ) {
        self.owner = owner
        run = report.runId
        startedAt = report.startedAt
        finishedAt = report.finishedAt
        verdict = report.verdict.label
        self.kinds = kinds
        self.directory = directory
        self.targets = targets
    }

    private enum CodingKeys: CodingKey {
        case version, owner, run, startedAt, finishedAt, verdict, kinds, directory, targets, targetsLeftOut
    }
}

extension Notice {
    /// The same with at most so many targets, and of each at most so many matters and as many changes; the counts stay.
    public func limited(targets limit: Int, entries: Int) -> Notice {
        var notice = self
        notice.targets = targets.prefix(limit).map { target in
            var target = target
            let before = target.matters.count + target.changes.count
            target.matters = Array(target.matters.prefix(entries))
            target.changes = Array(target.changes.prefix(entries))
            target.leftOut += before - target.matters.count - target.changes.count
            return target
        }
        notice.targetsLeftOut += targets.count - notice.targets.count
        return notice
    }

    /// The same without the list of changes; the counts stay.
    package var withoutChanges: Notice {
        var notice = self
        for index in notice.targets.indices { notice.targets[index].changes = [] }
        return notice
    }

    private static let steps = [1_000, 300, 100, 30, 10, 3, 1]

    /// The same, limited as little as makes something that is rendered from it fit.
    ///
    /// - Parameters:
    ///   - render: Renders it.
    ///   - fits: Whether what was rendered is short enough.
    /// - Returns: What fits; without any target if nothing more does.
    package func fitted<Rendered>(_ render: (Notice) -> Rendered, where fits: (Rendered) -> Bool) -> Rendered {
        // Rather less about each of the targets than fewer targets.
        let limits = Self.steps.map { (Self.steps[0], $0) } + Self.steps.dropFirst().map { ($0, 1) }
        for (targets, entries) in limits {
            let rendered = render(limited(targets: targets, entries: entries))
            if fits(rendered) { return rendered }
        }
        return render(limited(targets: 0, entries: 0))
    }
}

extension Notice.Matter {
    init(_ trouble: Trouble, detail: NoticeSettings.Detail) {
        let names = detail == .names
        kind = trouble.kind
        code = trouble.code
        summary = trouble.summary
        user = trouble.user
        account = names ? trouble.account : nil
        role = names ? trouble.role : nil
        message = names ? trouble.message.map(Self.cut) : nil
    }

    /// However long an error is, others are to be told, too.
    private static func cut(_ message: String) -> String {
        message.utf8.count > 8_000 ? String(message.prefix(2_000)) + " …" : message
    }
}

extension Notice.Change {
    /// An operation that was done; nil for any other.
    init?(_ outcome: OperationOutcome, detail: NoticeSettings.Detail) {
        guard outcome.isDone else { return nil }
        let names = detail == .names
        operation = outcome.operation.label
        user = outcome.operation.user
        account = names ? outcome.operation.resultingAccount : nil
        roles = names ? outcome.operation.roles : nil
        sessionsEnded = outcome.sessionsEnded
    }
}

extension Notice.Target {
    init(_ report: TargetReport, kinds: [NoticeKind], settings: NoticeSettings, troubles: [Trouble]) {
        target = report.target
        self.kinds = kinds
        verdict = report.verdict.label
        counts = Notice.Counts(report)
        matters = troubles.map { Notice.Matter($0, detail: settings.detail) }
        changes =
            settings.kinds.contains(.changes)
            ? report.outcomes.compactMap { Notice.Change($0, detail: settings.detail) } : []
    }
}

extension Notice.Counts {
    fileprivate init(_ report: TargetReport) {
        planned = report.plan?.content.steps.count ?? 0
        done = report.outcomes.count(where: \.isDone)
        failed = report.failedOutcomes.count
        waiting = report.plan?.content.withheld.count ?? 0
        conflicts = report.plan?.content.conflicts.count ?? 0
    }
}

extension Operation {
    /// Roles that are granted or taken.
    fileprivate var roles: [RoleName] {
        switch action {
        case .create(let roles), .restore(let roles), .grant(let roles): roles
        case .revoke(let memberships): Set(memberships.map(\.role)).sorted()
        case .lock, .endSessions, .disconnect, .moveAside, .rename, .drop, .adopt, .release: []
        }
    }
}
