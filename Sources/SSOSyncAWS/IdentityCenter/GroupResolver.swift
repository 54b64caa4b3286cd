// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Finds the ids of groups by their names, and holds them to the ids that are pinned.
struct GroupResolver {
    let store: IdentityStoreClient

    /// The ids of those that are there, in the store's spelling.
    ///
    /// One group is asked for by its name. Of several, all groups of the store are listed as long as that takes no more
    /// calls than asking for each would.
    func ids(of names: Set<GroupName>) async throws -> [GroupName: String] {
        var ids: [GroupName: String] = [:]
        if names.count > 1, try await list(names, into: &ids) { return ids }
        for name in names.sorted() where ids[name] == nil {
            ids[name] = try await store.groupId(named: name.rawValue)
        }
        return ids
    }

    /// - Returns: Whether all groups of the store were seen, or all that are wanted.
    private func list(_ names: Set<GroupName>, into ids: inout [GroupName: String]) async throws -> Bool {
        var pages = 0
        for try await page in store.groups() {
            pages += 1
            for group in page.groups {
                guard let name = group.name.map({ GroupName($0) }), names.contains(name) else { continue }
                if let other = ids.updateValue(group.id, forKey: name), other != group.id {
                    throw SyncError(
                        .source,
                        "two groups of \(store.storeId) have the name \(name): \(other), \(group.id)"
                    )
                }
            }
            if ids.count == names.count { return true }
            if pages == names.count, page.nextToken != nil { return false }
        }
        return true
    }

    /// The id under which a group goes into the reading, if it is among those that are there.
    func id(of wanted: DirectoryRequest.Group, among ids: [GroupName: String]) throws(SyncError) -> GroupId {
        guard let found = ids[wanted.name] else {
            throw SyncError(.groupMissing, "identity store \(store.storeId) has no group \"\(wanted.name)\"")
        }
        return try Self.id(of: wanted, found: found)
    }

    /// The id under which a group goes into the reading: the pinned one, if it names the same.
    static func id(of wanted: DirectoryRequest.Group, found: String) throws(SyncError) -> GroupId {
        guard let pinned = wanted.pinnedId else { return GroupId(found) }
        guard IdentityStoreResourceId.areSame(pinned.rawValue, found) else {
            throw SyncError(
                .groupMissing,
                "group \"\(wanted.name)\" has the id \(found), and the configuration pins \(pinned): it was created anew. "
                    + "Check who is in it, then pin the new id"
            )
        }
        return pinned
    }
}
