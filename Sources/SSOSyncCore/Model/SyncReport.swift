// SPDX-License-Identifier: Apache-2.0

/// How a run went, target by target.
///
/// A part that failed shows here; it never turns into a success.
public struct SyncReport: Sendable {
    /// What the run was for.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Nothing was to be changed.
        case plan
        /// Plans were to be carried out.
        case apply
    }

    /// The run's id, under which its sessions showed on the servers.
    public let runId: String
    /// What the run was for.
    public let kind: Kind
    /// Whom the run was asked to look at.
    public let scope: ScopeRequest
    /// What somebody asked for by hand; nil for a run that makes targets follow the directory.
    public let marking: MarkingRequest?
    /// When the run began.
    public let startedAt: Timestamp
    /// When the run ended.
    public let finishedAt: Timestamp
    /// When the first reading of the directory began; nil if there is none.
    public let directoryAsOf: Timestamp?
    /// Why there is no reading of the directory, and so no plan.
    public let sourceFailure: SyncError?
    /// The targets, ascending by name.
    public let targets: [TargetReport]
    /// Targets of the deployment that the run was not for, so that the groups that only they map were not asked for.
    public let leftOut: Set<TargetName>
    /// The hub's runs that messages called for this run in the name of, ascending, where it is a spoke's; nobody has signed them.
    public var hubRuns: [HubRunId] = []
    /// The targets that spokes are to report on, ascending, where it is a hub's; of a name as many as there are.
    ///
    /// Nil where it is nobody's.
    public var awaited: [TargetName]?
    /// Notifiers that failed, and why.
    ///
    /// They do not fail the run.
    public var notifierFailures: [String] = []

    /// How a run went.
    public init(
        runId: String,
        kind: Kind,
        scope: ScopeRequest = .everyone,
        startedAt: Timestamp,
        finishedAt: Timestamp,
        directoryAsOf: Timestamp?,
        sourceFailure: SyncError?,
        targets: [TargetReport],
        leftOut: Set<TargetName> = [],
        marking: MarkingRequest? = nil
    ) {
        self.runId = runId
        self.kind = kind
        self.scope = scope
        self.marking = marking
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.directoryAsOf = directoryAsOf
        self.sourceFailure = sourceFailure
        self.targets = targets.sorted { $0.target < $1.target }
        self.leftOut = leftOut
    }
}

/// How a run went on one target.
public struct TargetReport: Sendable {
    /// The target.
    public let target: TargetName
    /// Where its server is: ``SyncEngine/Target/server``.
    public var server: String?
    /// What was planned; nil if it did not come to that.
    public let plan: Plan?
    /// Whether the plan was carried out, as far as ``outcomes`` and ``failure`` say.
    public let wasApplied: Bool
    /// How the operations ended, in the order in which they were reported.
    public let outcomes: [OperationOutcome]
    /// What failed the target as a whole.
    public let failure: SyncError?
    /// The statements of the plan, where they were asked for.
    public let script: [String]?
    /// Whether the server was left paused, because nothing has changed since a run of everyone found nothing to do.
    public let isResting: Bool

    /// How a run went on one target.
    public init(
        target: TargetName,
        plan: Plan? = nil,
        wasApplied: Bool = false,
        outcomes: [OperationOutcome] = [],
        failure: SyncError? = nil,
        script: [String]? = nil,
        isResting: Bool = false
    ) {
        self.target = target
        self.plan = plan
        self.wasApplied = wasApplied
        self.outcomes = outcomes
        self.failure = failure
        self.script = script
        self.isResting = isResting
    }

    /// The same report with a failure, unless it has one.
    func failed(by error: SyncError?) -> TargetReport {
        guard let error, failure == nil else { return self }
        return TargetReport(
            target: target,
            plan: plan,
            wasApplied: wasApplied,
            outcomes: outcomes,
            failure: error,
            script: script
        )
    }

    /// Operations that were not done and do not merely wait for the next run.
    public var failedOutcomes: [OperationOutcome] { outcomes.filter { !$0.isDone && !$0.isDeferred } }

    /// Accounts of people who left that were locked more than ``Plan/timeToBeOut`` before the run, and are not out after it,
    /// ascending.
    ///
    /// They can log in, hold roles that can be revoked, or have sessions. Of a target that was not looked at, nothing is known.
    public var leaversNotOut: [AccountName] {
        guard let plan, let overdue = plan.overdue, wasApplied else { return plan?.overdue ?? [] }
        let accounts = Set(overdue)
        let done = Set(outcomes.filter(\.isDone).map(\.operation))
        let taken = plan.operations.filter { $0.phase <= .withdraw && accounts.contains($0.account) }
        let left = Set(taken.filter { !done.contains($0) } + plan.content.withheld.map(\.step.operation)).map(\.account)
        let isOut = Set(taken.map(\.account)).subtracting(left)
        return overdue.filter { !isOut.contains($0) }
    }
}

/// What a run comes to, the gravest first.
public enum Verdict: Int, Hashable, Comparable, Sendable, CaseIterable {
    /// The directory could not be read whole.
    case sourceUnavailable
    /// A target or an operation failed.
    case partialFailure
    /// A brake tripped.
    case braked
    /// Another writer held a target's lock.
    case busy
    /// Something is still to be done that the run was not to do.
    case changesPending
    /// Everything is as the directory says, or has been made so.
    case inSync

    /// The gravest first.
    public static func < (left: Verdict, right: Verdict) -> Bool { left.rawValue < right.rawValue }

    /// The process's exit code.
    public var exitCode: Int32 {
        switch self {
        case .sourceUnavailable: 69
        case .partialFailure: 4
        case .braked: 3
        case .busy: 5
        case .changesPending: 2
        case .inSync: 0
        }
    }

    /// A bounded label for documents, logs and metrics.
    public var label: String {
        switch self {
        case .sourceUnavailable: "source-unavailable"
        case .partialFailure: "partial-failure"
        case .braked: "braked"
        case .busy: "busy"
        case .changesPending: "changes-pending"
        case .inSync: "in-sync"
        }
    }
}

extension SyncReport {
    /// What the run comes to: the gravest that applies to any of its targets.
    public var verdict: Verdict {
        if let sourceFailure { return sourceFailure.code == .frozen ? .changesPending : .sourceUnavailable }
        return targets.map(\.verdict).min() ?? .inSync
    }

    /// Whether nothing was changed anywhere because everything is frozen.
    public var isFrozen: Bool {
        sourceFailure?.code == .frozen || targets.contains { $0.plan?.content.hold == .everythingFrozen }
    }
}

extension TargetReport {
    private static func verdict(on failure: SyncError) -> Verdict {
        switch failure.code {
        case .busy: .busy
        // The directory was to be read once more, because the target's turn came late.
        case .source, .groupMissing: .sourceUnavailable
        case .deferred: .changesPending
        default: .partialFailure
        }
    }

    /// What the run comes to on this target.
    public var verdict: Verdict {
        if let failure { return Self.verdict(on: failure) }
        if isResting { return .inSync }
        guard let plan else { return .partialFailure }
        if !failedOutcomes.isEmpty { return .partialFailure }
        if let kind = plan.content.conflicts.map(\.kind).first(where: \.failsRun) {
            return kind == .groupMissing ? .sourceUnavailable : .partialFailure
        }
        if plan.content.brake.stopsRemovals || plan.content.brake.stopsJoins { return .braked }
        // Whatever there is to be done, a freeze of everything is not to be forgotten.
        if plan.content.hold == .everythingFrozen { return .changesPending }
        let isPending = wasApplied ? outcomes.contains(where: \.isDeferred) : !plan.content.steps.isEmpty
        let waits = plan.content.withheld.contains { $0.cause == .mode || $0.cause == .freeze }
        return isPending || waits ? .changesPending : .inSync
    }
}
