// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Tells groups that are not there from those that are.
///
/// A group that somebody has deleted must not keep from everybody else what events and full runs would do for them.
enum MissingGroups {
    /// Reads what there is of some groups: all of them if they are there, or else the others.
    ///
    /// Only ``SyncError/Code/groupMissing`` counts: a directory in trouble is no reason to leave a group out.
    ///
    /// - Returns: The reading, nil if none of the groups is there; and those that are not, or are others than the pinned ones,
    ///   with the reason.
    /// - Throws: What the directory throws otherwise.
    static func leavingOut(
        _ groups: [DirectoryRequest.Group],
        _ scope: Scope,
        from source: any IdentitySource
    ) async throws -> (directory: Directory?, missing: [GroupName: SyncError]) {
        let wanted = DirectoryRequest(groups: groups, scope: scope)
        do {
            return (try await source.directory(wanted), [:])
        } catch let error as SyncError where error.code == .groupMissing {
            var missing: [GroupName: SyncError] = [:]
            for group in wanted.groups { missing[group.name] = try await obstacle(to: group, from: source) }
            let left = wanted.groups.filter { missing[$0.name] == nil }
            // It was there again by the time that it was looked for by itself.
            guard !missing.isEmpty else { throw error }
            guard !left.isEmpty else { return (nil, missing) }
            return (try await source.directory(DirectoryRequest(groups: left, scope: scope)), missing)
        }
    }

    private static func obstacle(
        to group: DirectoryRequest.Group,
        from source: any IdentitySource
    ) async throws -> SyncError? {
        do {
            // Nobody is read; only the name becomes an id.
            _ = try await source.directory(DirectoryRequest(groups: [group], scope: .people([])))
            return nil
        } catch let error as SyncError where error.code == .groupMissing {
            return error
        }
    }
}
