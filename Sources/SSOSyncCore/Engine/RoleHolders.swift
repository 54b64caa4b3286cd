// SPDX-License-Identifier: Apache-2.0

/// Finds out who holds the roles of groups on any target: a member who left is no longer in the group, but holds its roles.
struct RoleHolders {
    /// Who holds them, and the targets that could not be asked.
    ///
    /// These are worked on all the same, and failed afterwards: leavers may have been missed.
    struct Found {
        var people: Set<UserId> = []
        var failures: [TargetName: SyncError] = [:]
    }

    let targets: [SyncEngine.Target]
    let runId: String
    /// How long each target may take.
    let limit: Duration
    let now: @Sendable () -> Timestamp

    /// Asks all targets at the same time.
    func find(of groups: Set<GroupName>, in directory: DirectoryId) async -> Found {
        await withTaskGroup(of: (TargetName, Result<Set<UserId>, any Error>).self) { group in
            for target in targets {
                group.addTask {
                    (
                        target.policy.target,
                        await Result.catching { try await find(of: groups, in: directory, on: target) }
                    )
                }
            }
            var found = Found()
            for await (target, result) in group {
                switch result {
                case .success(let people): found.people.formUnion(people)
                case .failure(let error): found.failures[target] = TargetRun.syncError(error)
                }
            }
            return found
        }
    }

    private func find(
        of groups: Set<GroupName>,
        in directory: DirectoryId,
        on target: SyncEngine.Target
    ) async throws -> Set<UserId> {
        let roles = Set(target.policy.groups.filter { groups.contains($0.group) }.flatMap(\.roles))
        guard !roles.isEmpty else { return [] }
        let deadline = ContinuousClock.now.advanced(by: limit)
        let session = try await target.provisioner.openSession(
            SessionAccess(.reading, runId: runId, deadline: deadline)
        )
        let found = await Result.catching {
            try await target.inTime(deadline) {
                try await session.holders(of: roles, in: directory, policy: target.policy, now: now())
            }
        }
        await session.close()
        return try found.get()
    }
}

extension ProvisioningSession {
    fileprivate func holders(
        of roles: Set<RoleName>,
        in directory: DirectoryId,
        policy: Policy,
        now: Timestamp
    ) async throws -> Set<UserId> {
        let request = InspectionRequest(
            owner: policy.owner,
            directory: directory,
            scope: .people([]),
            names: [],
            roles: [],
            holdersOf: roles,
            windowStart: now
        )
        let accounts = try await inspect(request)
        return Set(
            accounts.accounts.compactMap { account in
                guard case .marker(let marker) = account.marker, marker.owner == policy.owner else { return nil }
                return account.memberships.contains { roles.contains($0.role) } ? marker.user : nil
            }
        )
    }
}
