// SPDX-License-Identifier: Apache-2.0

/// Asks the source for what a run needs and checks that it is all there.
struct DirectoryReader {
    let source: any IdentitySource
    let policies: [Policy]

    /// Reads the directory for a scope; a group becomes its members and the holders of its roles.
    func directory(
        for scope: ScopeRequest,
        holders: (Set<GroupName>, DirectoryId) async -> Set<UserId>
    ) async throws(SyncError) -> Directory {
        switch scope {
        case .everyone: return try await read(.everyone)
        case .people(let people): return try await directory(of: people)
        case .groups(let groups):
            try checkAreMapped(groups)
            let everyone = try await read(.everyone, groups: groups)
            let members = everyone.groups.values.flatMap(\.members)
            return try await read(.people(Set(members).union(await holders(groups, everyone.id)))).covering(groups)
        }
    }

    /// Reads some people in all groups.
    func directory(of people: Set<UserId>) async throws(SyncError) -> Directory { try await read(.people(people)) }

    /// Looks groups up anew, and reads nobody.
    func groups(_ groups: Set<GroupName>) async throws(SyncError) -> [GroupName: GroupId] {
        try await read(.people([]), groups: groups, looksUpAnew: true).groups.mapValues(\.id)
    }

    private func checkAreMapped(_ groups: Set<GroupName>) throws(SyncError) {
        let unmapped = groups.subtracting(policies.flatMap { $0.groups.map(\.group) })
        guard let group = unmapped.min() else { return }
        throw SyncError(.source, "group \(group) is mapped on none of the targets")
    }

    private func read(
        _ scope: Scope,
        groups: Set<GroupName>? = nil,
        looksUpAnew: Bool = false
    ) async throws(SyncError) -> Directory {
        let rules = policies.flatMap(\.groups).filter { groups?.contains($0.group) ?? true }
        let request = DirectoryRequest(
            groups: rules.map { DirectoryRequest.Group(name: $0.group, pinnedId: $0.pinnedId) },
            scope: scope,
            looksUpAnew: looksUpAnew
        )
        let directory: Directory
        do {
            directory = try await source.directory(request)
        } catch let error as SyncError {
            throw error
        } catch is CancellationError {
            throw SyncError(.cancelled, "the run was cancelled")
        } catch {
            // Whoever shows it says himself that the directory could not be read.
            throw SyncError(.source, "the source failed: \(error)")
        }
        try check(directory, answers: request)
        return directory
    }

    private func check(_ directory: Directory, answers request: DirectoryRequest) throws(SyncError) {
        guard directory.scope == request.scope else {
            throw SyncError(.source, "the directory answered for other people than it was asked for")
        }
        for wanted in request.groups {
            guard let group = directory.groups[wanted.name] else {
                throw SyncError(.source, "group \(wanted.name) does not exist in directory \(directory.id)")
            }
            guard wanted.pinnedId == nil || wanted.pinnedId == group.id else {
                throw SyncError(
                    .source,
                    "group \(wanted.name) has id \(group.id), and the configuration pins another: it was created anew. "
                        + "Check who is in it, then pin the new id"
                )
            }
        }
    }
}
