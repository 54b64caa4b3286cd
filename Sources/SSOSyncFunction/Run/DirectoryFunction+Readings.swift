// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore
internal import SSOSyncLambdaRuntime

/// Readings for what messages concern, each when its turn has come.
extension DirectoryFunction {
    /// What the readings of a batch have come to.
    struct Progress {
        /// Whom they have covered.
        var done = EventScope()
        var gravest = RunDisposition.done
        /// Whether everyone was read.
        var hasReadEveryone = false
        /// When the turn of everyone comes, if nobody waited for it.
        var turn: ContinuousClock.Instant?
    }

    /// Whom to read for a scope.
    func wanted(_ scope: EventScope) -> EventScope {
        guard !work.readsGroups else { return scope }
        if scope.isUnbounded { wideGroups = nil } else { wideGroups?.formUnion(scope.groups) }
        return EventScope(people: scope.people, isUnbounded: isWide(scope))
    }

    /// Whether everyone is to be read for a scope.
    ///
    /// A hub does so for a group: whom the group's roles were granted to, only whoever asks databases can tell.
    func isWide(_ scope: EventScope) -> Bool { scope.isUnbounded || !work.readsGroups && !scope.groups.isEmpty }

    /// Waits until something is to be read.
    ///
    /// - Returns: Whom; nil if there is nothing, no time for it, or nothing worth waiting for. People who wait then are read with
    ///   the next batch; whether everyone is, is the caller's to say.
    func turn(_ isPatient: Bool, _ budget: TimeBudget, _ progress: inout Progress) async -> EventScope? {
        while !Task.isCancelled, budget.mayBegin() {
            let now = Timestamp.now
            switch coalescer.decide(at: now) {
            case .read(let scope): return scope
            case .idle: return nil
            case .wait(let until):
                let wait = Duration.milliseconds(until.millisecondsSince1970 - now.millisecondsSince1970)
                guard isPatient || !coalescer.onlyEveryoneWaits else {
                    progress.turn = .now + wait
                    return nil
                }
                guard budget.mayBegin(after: wait) else { return nil }
                try? await Task.sleep(for: wait)
            }
        }
        return nil
    }

    /// Whom events concern, as far as any target maps them; nil if the directory cannot tell.
    func mapped(
        _ scope: EventScope,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> ScopeResolver.Mapped? {
        do {
            return try await resolver.mapped(scope)
        } catch {
            logger.error("the groups in events cannot be looked up: \(error)")
            if Task.isCancelled { noteEnd(budget, &metrics) } else { metrics.count("SourceUnavailable") }
            return nil
        }
    }

    /// What is to be asked for when somebody's turn has come; nil if the directory cannot tell.
    ///
    /// - Parameters:
    ///   - scope: Whose turn it is.
    ///   - people: Who of the batch was not read yet; a reading of everyone has taken their turn, too.
    private func requests(
        _ scope: EventScope,
        _ people: Set<UserId>,
        _ budget: TimeBudget,
        _ metrics: inout EmbeddedMetrics
    ) async -> [ScopeRequest]? {
        guard scope.isUnbounded, !work.readsGroups, let groups = wideGroups else {
            if scope.isUnbounded { wideGroups = [] }
            return await mapped(scope, budget, &metrics)?.requests
        }
        // Everyone is to be read for the sake of these groups: that is of interest to those who map them.
        wideGroups = []
        return await mapped(EventScope(people: people, groups: groups), budget, &metrics)?.requests
    }

    func read(
        _ scope: EventScope,
        _ people: Set<UserId>,
        _ budget: TimeBudget,
        _ progress: inout Progress,
        _ metrics: inout EmbeddedMetrics
    ) async {
        var disposition = RunDisposition.failed
        if scope.isUnbounded { progress.hasReadEveryone = true }
        let (began, groups) = (Timestamp.now, work.readsGroups ? nil : wideGroups)
        if let requests = await requests(scope, people, budget, &metrics) {
            disposition = .done
            // Or the same ones would be the last each time, and while a target is slow and time is short, never have their turn.
            for request in requests.flatMap(parts).shuffled() {
                guard budget.mayBegin() else {
                    // What has failed by now has said so, be it that the time was up.
                    if disposition != .failed { noteEnd(budget, &metrics) }
                    disposition = .failed
                    break
                }
                let part = await work.work(on: request, budget, &metrics)
                if part == .done { progress.done.formUnion(Self.covered(by: request, of: scope)) }
                disposition = max(disposition, part)
            }
        }
        progress.gravest = max(progress.gravest, disposition)
        guard disposition == .done else { return }
        progress.done.formUnion(scope)
        if scope.isUnbounded { lastWideReading = WideReadingDone(began: began, groups: groups) }
    }

    /// What of a scope a request for some of it covers.
    private static func covered(by request: ScopeRequest, of scope: EventScope) -> EventScope {
        switch request {
        case .people(let people): EventScope(people: people)
        case .groups: EventScope(groups: scope.groups)
        case .everyone: scope
        }
    }

    /// Says that there was an end to the work before all of it was done.
    func noteEnd(_ budget: TimeBudget, _ metrics: inout EmbeddedMetrics) {
        guard !Task.isCancelled || !budget.mayBegin() else {
            logger.warning("the process has to end: what was not read comes again")
            return
        }
        metrics.count("DeadlineReached")
        logger.warning("the time is up: what was not read comes again")
    }
}
