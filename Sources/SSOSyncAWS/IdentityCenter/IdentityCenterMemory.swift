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
        var hasToldOfStatus = false
        fileprivate var groups: [GroupName: (id: String, readAt: Timestamp)] = [:]
    }

    /// For how long a group's id is good, in seconds: for all readings of one run.
    static let lifetime: Int64 = 60
    /// For how long it is as good as just looked up.
    static let moment: Int64 = 5

    private let facts = Mutex(Facts())

    /// Looks at the facts, and changes them.
    func update<Result: Sendable>(_ body: (inout Facts) -> Result) -> Result { facts.withLock { body(&$0) } }

    /// The ids of those of the groups that were found so many seconds ago at most.
    func ids(of names: Set<GroupName>, now: Timestamp, within seconds: Int64 = lifetime) -> [GroupName: String] {
        facts.withLock { facts in
            facts.groups.filter { name, group in
                names.contains(name) && group.readAt <= now && now <= group.readAt.advanced(bySeconds: seconds)
            }.mapValues(\.id)
        }
    }

    /// Remembers ids.
    func remember(_ ids: [GroupName: String], now: Timestamp) {
        facts.withLock { facts in for (name, id) in ids { facts.groups[name] = (id, now) } }
    }

    /// Looks groups up anew the next time.
    func forget(_ names: some Sequence<GroupName>) {
        facts.withLock { facts in
            for name in names { facts.groups[name]?.readAt = Timestamp(millisecondsSince1970: .min / 4) }
        }
    }
}
