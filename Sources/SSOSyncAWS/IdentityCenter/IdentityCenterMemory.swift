// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import Synchronization

/// What one reading leaves to the next.
final class IdentityCenterMemory: Sendable {
    /// What there is to remember.
    struct Facts: Sendable {
        var store: IdentityStoreClient?
        /// How many users the store has at least.
        var storeSize = 0
        /// Whether it has too many to list them for many people.
        var asksSingly = false
        var hasToldOfStatus = false
        fileprivate var groups: [GroupName: (id: String, readAt: Timestamp)] = [:]
        /// How many pages the members of groups take at least, by the groups' ids.
        fileprivate var pages: [String: Int] = [:]
    }

    /// For how long a group's id is good, in seconds: for all readings of one run.
    private static let lifetime: Int64 = 60

    private let facts = Mutex(Facts())

    /// Looks at the facts, and changes them.
    func update<Result: Sendable>(_ body: (inout Facts) -> Result) -> Result { facts.withLock { body(&$0) } }

    /// The ids of those of the groups that were found a short while ago.
    func ids(of names: Set<GroupName>, now: Timestamp) -> [GroupName: String] {
        facts.withLock { facts in
            facts.groups.filter { name, group in
                names.contains(name) && group.readAt.isWithin(Self.lifetime, of: now)
            }.mapValues(\.id)
        }
    }

    /// Remembers ids.
    ///
    /// - Returns: The ids, in the spelling that was remembered before: who asks twice is not to take one group for two.
    @discardableResult
    func remember(_ ids: [GroupName: String], now: Timestamp) -> [GroupName: String] {
        facts.withLock { facts in
            let ids = ids.map { name, id in
                let known = facts.groups[name]?.id ?? id
                return (name, IdentityStoreResourceId.areSame(known, id) ? known : id)
            }
            for (name, id) in ids { facts.groups[name] = (id, now) }
            return Dictionary(uniqueKeysWithValues: ids)
        }
    }

    /// Looks groups up anew the next time.
    func forget(_ names: some Sequence<GroupName>) {
        facts.withLock { facts in
            for name in names { facts.groups[name]?.readAt = Timestamp(millisecondsSince1970: .min / 4) }
        }
    }

    // MARK: Sizes

    /// How many pages the members of groups take at least, by the groups' ids; one for each that is not known.
    func pages(of ids: some Sequence<String>) -> Int {
        facts.withLock { facts in ids.reduce(0) { $0 + (facts.pages[$1] ?? 1) } }
    }

    /// Remembers how many pages a group's members take: as many, or at least as many.
    func note(pages: Int, of id: String, isAll: Bool) {
        facts.withLock { facts in facts.pages[id] = isAll ? pages : max(pages, facts.pages[id] ?? 1) }
    }

    /// How many people to ask about in one reading: so few that it ends soon, and more where the groups' members, and the store's
    /// users, can be listed for all of them as soon.
    ///
    /// - Parameters:
    ///   - people: How many there are.
    ///   - names: The groups. What is not known of their size is no reason to list many of them.
    ///   - rate: How many requests there may be in a second.
    func peopleAtOnce(of people: Int, in names: Set<GroupName>, requestsPerSecond rate: Double) -> Int {
        let ids = facts.withLock { facts in names.map { facts.groups[$0]?.id } }
        let areKnown = facts.withLock { facts in ids.allSatisfy { id in id.map { facts.pages[$0] != nil } ?? false } }
        let listed = areKnown ? min(people, Self.mostAtOnce) : Self.mostUnknown
        let least = pages(of: ids.map { $0 ?? "" })
        let quick = rate * Self.shortTime
        if MembershipReader.isListing(pages: least, for: listed) {
            let (asksSingly, users) = facts.withLock { ($0.asksSingly, JoinCost.pages(of: $0.storeSize)) }
            guard asksSingly || Double(least + users) > quick else { return Self.mostAtOnce }
            let few = Int(min(quick, Double(Self.mostAtOnce + least))) - least
            if MembershipReader.isListing(pages: least, for: few) { return few }
        }
        let requestsForEach = 1 + (names.count + 99) / 100
        let requests = Int(min(quick, Double(Self.mostAtOnce * requestsForEach)))
        return max(1, requests / requestsForEach)
    }

    /// How long a reading may take, in seconds: after thirty it counts as slow, and after sixty a spoke lets nobody in by it.
    private static let shortTime: Double = 20
    /// As many people as if groups of which no size is known had a page each, and were two for each of them.
    private static let mostUnknown = 50
    /// One request for each, if each has to be described, and half as many for the groups.
    private static let mostAtOnce = 500
}
