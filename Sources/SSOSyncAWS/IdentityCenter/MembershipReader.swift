// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Reads who is in groups.
struct MembershipReader {
    /// Members by group, and how the store spells their ids.
    struct Memberships {
        /// Canonical ids by the group's id.
        fileprivate(set) var members: [String: [String]] = [:]
        /// The store's own spelling, by the canonical id.
        fileprivate(set) var spellings: [String: String] = [:]

        fileprivate mutating func add(_ user: String, to group: String) {
            let canonical = IdentityStoreResourceId.canonical(user)
            members[group, default: []].append(canonical)
            spellings[canonical] = user
        }
    }

    let store: IdentityStoreClient
    /// Knows how large groups are.
    let memory: IdentityCenterMemory

    /// Whether to list the members of groups for so many people.
    static func isListing(pages: Int, for people: Int) -> Bool { people > JoinCost.few && pages <= people / 2 }

    /// All members of groups.
    func members(of groups: [String]) async throws -> Memberships {
        var memberships = Memberships()
        _ = try await list(groups, into: &memberships) { _ in true }
        return memberships
    }

    /// Which of a few people are in which groups.
    ///
    /// Very few are asked about one by one. Of more, the groups' members are listed, as long as that takes no more than half
    /// as many calls as there are people: so that nobody costs more than three, whichever way it goes on. What was found to take
    /// more is not tried again.
    ///
    /// - Parameters:
    ///   - people: The people, by canonical ids, in the spelling that they were asked for in.
    ///   - groups: The groups' ids.
    func memberships(of people: [String: String], in groups: [String]) async throws -> Memberships {
        var memberships = Memberships()
        if Self.isListing(pages: memory.pages(of: groups), for: people.count) {
            let isWhole = try await list(groups, into: &memberships, pages: people.count / 2) { people[$0] != nil }
            if isWhole { return memberships }
            memberships = Memberships()
        }
        for (_, spelling) in people.sorted(by: { $0.key < $1.key }) {
            guard let (user, joined) = try await find(spelling, groups) else { continue }
            for group in joined { memberships.add(user, to: group) }
        }
        return memberships
    }

    /// - Returns: Whether all members were read within that many pages.
    private func list(
        _ groups: [String],
        into memberships: inout Memberships,
        pages limit: Int = .max,
        isWanted: (_ canonical: String) -> Bool
    ) async throws -> Bool {
        var pages = 0
        for group in groups {
            let before = pages
            for try await page in store.memberships(ofGroup: group) {
                pages += 1
                let isLast = page.nextToken == nil
                memory.note(pages: pages - before + (isLast ? 0 : 1), of: group, isAll: isLast)
                for member in page.memberships where isWanted(IdentityStoreResourceId.canonical(member.user)) {
                    memberships.add(member.user, to: group)
                }
                if pages >= limit, !isLast || group != groups.last { return false }
            }
        }
        return true
    }

    /// Asks about one person, in every spelling before taking that person for gone, or for nobody's member: what the service
    /// says of an id in a spelling that it does not know, is not written anywhere.
    private func find(_ spelling: String, _ groups: [String]) async throws -> (user: String, groups: Set<String>)? {
        for user in IdentityStoreResourceId.spellings(of: spelling, store: store.storeId) {
            if let joined = try await store.groups(of: user, among: groups), !joined.isEmpty { return (user, joined) }
        }
        return nil
    }
}
