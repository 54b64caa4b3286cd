// SPDX-License-Identifier: Apache-2.0

extension TargetRun {
    /// What keeps people's operations of a phase from being tried now.
    func obstacles(
        to people: Set<UserId>,
        in phase: Operation.Phase,
        of plan: Plan,
        _ rest: TargetRest?,
        _ reading: DirectoryReadings.Reading
    ) async throws -> [UserId: OperationOutcome.Result] {
        switch phase {
        case .lock, .withdraw:
            guard let removals = reading.removals else { return [:] }
            return try await removals.obstacles(to: RemovalGrounds(of: plan, by: reading.directory, target.policy))
        case .admit: return try await obstaclesToAdmission(of: people, rest, reading)
        case .moveAside, .rename, .disconnect, .drop, .mark: return [:]
        }
    }

    /// What keeps people from losing anything by a reading of everyone.
    ///
    /// Found out once for all that they would lose: nobody whose lock was kept back loses roles and sessions by what another answer says.
    func doubts(
        about plan: Plan,
        _ reading: DirectoryReadings.Reading,
        until deadline: ContinuousClock.Instant
    ) async throws -> [UserId: OperationOutcome.Result] {
        // A source that hands on what was read before has nothing else to say.
        guard reading.removals == nil, context.options.longestAdmission == nil else { return [:] }
        let grounds = RemovalGrounds(of: plan, by: reading.directory, target.policy)
        // Most of the time that there is belongs to what is to be done.
        let quarter = ContinuousClock.now.duration(to: deadline) / 4
        return try await context.secondLook.obstacles(to: grounds, by: reading.directory, until: .now + quarter)
    }

    private func obstaclesToAdmission(
        of people: Set<UserId>,
        _ rest: TargetRest?,
        _ reading: DirectoryReadings.Reading
    ) async throws -> [UserId: OperationOutcome.Result] {
        let directory = reading.directory
        var results: [UserId: OperationOutcome.Result] = [:]
        for user in people { results[user] = obstacle(to: user, rest, directory) }
        guard reading.wasSlow else { return results }
        let others = people.subtracting(results.keys)
        return try await context.secondLook.obstacles(to: others, by: directory).merging(results) { $1 }
    }

    /// What keeps somebody from being let in now; nil if nothing does.
    private func obstacle(
        to user: UserId,
        _ rest: TargetRest?,
        _ directory: Directory
    ) -> OperationOutcome.Result? {
        guard rest?.failure == nil else {
            return .skipped(because: "what the target was in step with could not be forgotten")
        }
        guard context.options.admits(user, directory.asOf) else {
            return .deferred(because: "a later reading than that of \(directory.asOf) has been seen")
        }
        guard let limit = context.options.longestAdmission, directory.asOf.advanced(bySeconds: limit) < now() else {
            return nil
        }
        return .deferred(because: "the reading of \(directory.asOf) is too old to let anybody in")
    }
}
