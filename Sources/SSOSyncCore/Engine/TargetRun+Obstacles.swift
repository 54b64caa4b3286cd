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
            let grounds = RemovalGrounds(of: plan, by: reading.directory, target.policy)
            guard let removals = reading.removals else {
                return try await context.secondLook.obstacles(to: grounds, by: reading.directory)
            }
            return try await removals.obstacles(to: grounds)
        case .admit: return try await obstaclesToAdmission(of: people, rest, reading)
        case .moveAside, .rename, .disconnect, .drop, .mark: return [:]
        }
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
