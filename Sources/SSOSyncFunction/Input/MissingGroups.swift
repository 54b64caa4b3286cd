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
    /// - Parameters:
    ///   - groups: The groups.
    ///   - scope: Whom to read.
    ///   - anew: Whether to look the groups up even if the source remembers them.
    ///   - source: What is read.
    /// - Returns: The reading, nil if none of the groups is there; and those that are not, or are others than the pinned ones,
    ///   with the reason.
    /// - Throws: What the directory throws otherwise.
    static func leavingOut(
        _ groups: [DirectoryRequest.Group],
        _ scope: Scope,
        anew: Bool = false,
        from source: any IdentitySource
    ) async throws -> (directory: Directory?, missing: [DirectoryRequest.Group: String]) {
        let wanted = DirectoryRequest(groups: groups, scope: scope, looksUpAnew: anew)
        do {
            return (try await source.directory(wanted), [:])
        } catch let error as SyncError where !error.missingGroups.isEmpty {
            // They were looked for before anything was read, so that nothing is read twice.
            let missing = error.missingGroups
            let left = wanted.groups.filter { missing[$0] == nil }
            guard !left.isEmpty else { return (nil, missing) }
            return (try await source.directory(DirectoryRequest(groups: left, scope: scope)), missing)
        }
    }
}
