// SPDX-License-Identifier: Apache-2.0

/// A run on one target.
struct TargetRun {
    /// Whom a run will be about.
    struct Expected {
        let people: Set<UserId>
        let directory: DirectoryId
    }

    /// What the targets of a run share.
    struct Context {
        let kind: SyncReport.Kind
        let readings: DirectoryReadings
        let secondLook: SecondLook
        let runId: String
        let options: SyncEngine.Options
        /// What somebody asks for by hand, instead of a run; nil for a run.
        var marking: MarkingRequest?
        /// What is known before the directory is read; nil if nothing is.
        var expected: Expected?

        /// The same with other readings of the directory.
        func reading(_ readings: DirectoryReadings, for marking: MarkingRequest?) -> Self {
            Self(
                kind: kind,
                readings: readings,
                secondLook: secondLook,
                runId: runId,
                options: options,
                marking: marking
            )
        }
    }

    let target: SyncEngine.Target
    let context: Context
    let now: @Sendable () -> Timestamp

    private var name: TargetName { target.policy.target }

    func report() async -> TargetReport {
        do {
            let access = access()
            var rest = await TargetRest(target, access)
            if let rest, try await mayRest(rest) { return TargetReport(target: name, isResting: true) }
            let session = try await openSession()
            // Under the lock: another run that had nothing to do keeps what it knows while it holds it.
            await rest?.forget()
            // Counted from here: whoever had to wait for another writer has as much time as others.
            let deadline = ContinuousClock.now.advanced(by: context.options.timeLimitPerTarget)
            let report = await Result.catching { [rest] in try await work(session, rest, until: deadline) }
            await session.close()
            return try report.get().failed(by: rest?.failure)
        } catch {
            return TargetReport(target: name, failure: Self.syncError(error))
        }
    }

    /// Whether the target may be left paused.
    ///
    /// What somebody has allowed or approved is for now.
    private func mayRest(_ rest: TargetRest) async throws -> Bool {
        guard context.marking == nil, context.options.releasedRemovals.isEmpty, context.options.approvedPlans == nil
        else { return false }
        return await rest.lasts(for: try await context.readings.current().directory, now: now())
    }

    /// How often to look for a session that need not wait for the directory, before it waits all the same.
    private static let attempts = 3

    /// Opens a session; if the directory has to be read then, and that takes a while, without keeping the session waiting for it.
    private func openSession() async throws -> any ProvisioningSession {
        for _ in 1..<Self.attempts {
            let session = try await target.provisioner.openSession(access())
            if await context.readings.areQuick() { return session }
            await session.close()
            _ = try await context.readings.current()
        }
        return try await target.provisioner.openSession(access())
    }

    private func access() -> SessionAccess {
        let options = context.options
        let isWriting = context.kind == .apply && !target.policy.isOnlyPlanned
        return SessionAccess(
            isWriting ? .writing : .reading,
            runId: context.runId,
            lockWait: options.lockWait,
            deadline: .now.advanced(by: options.timeLimitPerTarget + .seconds(options.lockWait)),
            expected: context.expected.map { request($0.directory, .people($0.people), names: [], now: now()) }
        )
    }

    /// What of a target a run has to know.
    private func request(
        _ directory: DirectoryId,
        _ scope: Scope,
        names: Set<AccountName>,
        now: Timestamp
    ) -> InspectionRequest {
        let policy = target.policy
        return InspectionRequest(
            owner: policy.owner,
            directory: directory,
            scope: scope,
            names: names,
            roles: policy.roles,
            windowStart: now.advanced(bySeconds: -Policy.Brake.window),
            blockersOfLockedBefore: Planner().quarantineCutoff(policy: policy, now: now)
        )
    }

    private func work(
        _ session: any ProvisioningSession,
        _ rest: TargetRest?,
        until deadline: ContinuousClock.Instant
    ) async throws -> TargetReport {
        // The lock is held by now: whatever others have done with it, they knew no more of the directory than this tells.
        let reading = try await context.readings.current()
        let report = try await work(session, rest, reading, until: deadline)
        return report.failed(by: reading.unasked[name])
    }

    private func work(
        _ session: any ProvisioningSession,
        _ rest: TargetRest?,
        _ reading: DirectoryReadings.Reading,
        until deadline: ContinuousClock.Instant
    ) async throws -> TargetReport {
        let directory = reading.directory
        context.options.progress(.inspecting(name))
        let (plan, kept) = try await target.inTime(deadline) {
            try await self.plan(session, rest, directory: directory)
        }
        context.options.progress(.planned(name, operations: plan.content.steps.count))
        let script =
            context.options.includesScripts
            ? try await target.inTime(deadline) { try await session.script(for: plan.operations) } : nil
        guard context.kind == .apply, !target.policy.isOnlyPlanned else {
            return TargetReport(target: name, plan: plan, script: script)
        }
        if let refusal = refusal(of: plan) { return TargetReport(target: name, plan: plan, failure: refusal) }
        let doubts = try await doubts(about: plan, reading, until: deadline)
        let (outcomes, failure) = await apply(plan, session, until: deadline) { phase, people in
            try await obstacles(to: people, in: phase, of: plan, rest, reading).merging(
                phase <= .withdraw ? doubts.filter { people.contains($0.key) } : [:]
            ) { first, _ in first }
        }
        let report = TargetReport(
            target: name,
            plan: plan,
            wasApplied: true,
            outcomes: outcomes,
            failure: failure,
            script: script
        )
        if let rest, let kept { await rest.keep(kept, after: report, of: directory.scope) }
        return report
    }

    /// The plan, and what the target is in step with if there is nothing to do.
    private func plan(
        _ session: any ProvisioningSession,
        _ rest: TargetRest?,
        directory: Directory
    ) async throws -> (Plan, Rest?) {
        if let marking = context.marking { return (try await plan(marking, session, directory: directory), nil) }
        let planner = Planner()
        let policy = target.policy
        let now = now()
        let names = planner.wantedNames(directory: directory, policy: policy)
        let accounts = try await session.inspect(request(directory.id, directory.scope, names: names, now: now))
        let plan = planner.plan(
            directory: directory,
            accounts: accounts,
            policy: policy,
            dialect: session.dialect,
            now: now,
            releasedRemovals: context.options.releasedRemovals
        )
        return (plan, rest?.rest(directory, accounts, now: now))
    }

    private func plan(
        _ marking: MarkingRequest,
        _ session: any ProvisioningSession,
        directory: Directory
    ) async throws -> Plan {
        let (planner, policy, now) = (Planner(), target.policy, now())
        let names = planner.names(for: marking, directory: directory)
        let request = { (roles: Set<RoleName>) in
            InspectionRequest(
                owner: policy.owner,
                directory: directory.id,
                scope: .everyone,
                names: names,
                roles: roles,
                windowStart: now.advanced(bySeconds: -Policy.Brake.window)
            )
        }
        var accounts = try await session.inspect(request(policy.roles))
        let roles = planner.roles(for: marking, accounts: accounts, policy: policy)
        if roles != policy.roles { accounts = try await session.inspect(request(roles)) }
        return planner.plan(
            marking,
            directory: directory,
            accounts: accounts,
            policy: policy,
            dialect: session.dialect,
            now: now
        )
    }

    /// Approval is not trust: the plan was made again just now, and has to be the approved one.
    private func refusal(of plan: Plan) -> SyncError? {
        guard let approved = context.options.approvedPlans else { return nil }
        guard approved[name] != plan.contentHash else { return nil }
        return SyncError(
            .planMoved,
            "target \(name) asks for another plan now than the one that was approved, so nothing was done: "
                + "make a new plan and have it approved"
        )
    }

    // MARK: Phases

    private func apply(
        _ plan: Plan,
        _ session: any ProvisioningSession,
        until deadline: ContinuousClock.Instant,
        obstacles: (Operation.Phase, Set<UserId>) async throws -> [UserId: OperationOutcome.Result]
    ) async -> ([OperationOutcome], SyncError?) {
        let log = OutcomeLog()
        for phase in Operation.Phase.allCases {
            let runnable = log.runnable(plan.operations.filter { $0.phase == phase })
            do {
                guard !runnable.isEmpty else { continue }
                let operations = log.admissible(runnable, try await obstacles(phase, Set(runnable.map(\.user))))
                guard !operations.isEmpty else { continue }
                let before = log.count
                context.options.progress(.applying(name, phase, done: 0, of: operations.count))
                try await session.apply(operations, until: deadline) { outcome in
                    let done = log.append(outcome) - before
                    context.options.progress(.applying(name, phase, done: done, of: operations.count))
                }
                log.failUnreported(operations)
            } catch {
                return (log.outcomes, Self.syncError(error))
            }
        }
        return (log.outcomes, nil)
    }

    static func syncError(_ error: any Error) -> SyncError {
        if let error = error as? SyncError { return error }
        if error is CancellationError { return SyncError(.cancelled, "the run was cancelled") }
        return SyncError(.server, "\(error)")
    }
}
