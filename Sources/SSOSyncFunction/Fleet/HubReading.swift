// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConfiguration
internal import SSOSyncCore

/// What a hub has read of the directory, without the groups that could not be found.
struct HubReading: Sendable {
    let directory: Directory
    /// Groups that are not there, or are others than those that are pinned, and why.
    let missing: [DirectoryRequest.Group: String]

    /// What is the matter with the first of a spoke's groups that is missing; nil if all are there.
    ///
    /// A group that is another one than a spoke has pinned is there for those that have not pinned it.
    func obstacle(for spoke: HubConfiguration.Spoke) -> String? {
        spoke.groups.lazy.compactMap { missing[$0] }.first
    }

    /// Reads what there is.
    ///
    /// - Throws: ``SyncError`` if nothing could be read, or if somebody is in no group and not all groups are there any more as they
    ///   were read: by what is sent of the others people would lose access, and all of it is read again.
    static func read(
        _ groups: [DirectoryRequest.Group],
        _ scope: Scope,
        from source: any IdentitySource,
        freeze: RolloutConfiguration.Freeze?
    ) async throws(SyncError) -> HubReading {
        do {
            let (directory, missing) = try await MissingGroups.leavingOut(groups, scope, from: source)
            guard let directory else {
                let first = missing.values.min() ?? ""
                throw SyncError(.groupMissing, "none of the groups that any spoke maps is there: \(first)")
            }
            try await check(directory, groups.filter { missing[$0] == nil }, source)
            return HubReading(directory: freeze == nil ? directory : directory.admittingNobody, missing: missing)
        } catch let error as SyncError {
            throw error
        } catch is CancellationError {
            throw SyncError(.cancelled, "the run was cancelled")
        } catch {
            throw SyncError(.source, "the source failed: \(error)")
        }
    }

    /// Looks the groups up anew if somebody of a few people is in none: a group that is gone takes nothing from anybody, and the source
    /// may remember it.
    private static func check(
        _ directory: Directory,
        _ groups: [DirectoryRequest.Group],
        _ source: any IdentitySource
    ) async throws {
        guard case .people(let people) = directory.scope,
            !people.isSubset(of: directory.groups.values.flatMap(\.members))
        else { return }
        let request = DirectoryRequest(groups: groups, scope: .people([]), looksUpAnew: true)
        let ids = try await source.directory(request).groups.mapValues(\.id)
        if let doubt = directory.doubt(about: Set(directory.groups.keys), by: ids) { throw doubt }
    }
}
