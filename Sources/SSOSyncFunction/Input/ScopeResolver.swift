// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore
internal import Synchronization

/// Makes of the ids in events what the engine can be asked for, whose groups are those of the configuration, by name.
final class ScopeResolver: Sendable {
    /// Whom events concern, as far as any target maps them.
    struct Mapped: Equatable {
        /// The same as the events said it, without groups that no target maps.
        var scope = EventScope()
        /// The names of its groups.
        var groups: Set<GroupName> = []
        /// Groups that have no mapped name, be it that the directory does not show yet that they have.
        var doubtful: Set<GroupId> = []

        /// What of a part of the scope any target maps.
        func part(of part: EventScope) -> EventScope {
            var mapped = part
            mapped.groups.formIntersection(scope.groups)
            return mapped
        }

        /// What the engine is to be asked for, in this order; nothing if it concerns nobody.
        var requests: [ScopeRequest] {
            guard !scope.isUnbounded else { return [.everyone] }
            return [scope.people.isEmpty ? nil : .people(scope.people), groups.isEmpty ? nil : .groups(groups)]
                .compactMap(\.self)
        }
    }

    private let source: any IdentitySource
    private let unpinned: [DirectoryRequest.Group]
    private let pinned: [GroupId: Set<GroupName>]
    private let now: @Sendable () -> ContinuousClock.Instant
    private let lookUps = Mutex(LookUps())

    /// What was looked up.
    private struct LookUps {
        /// The groups that had a mapped name the last time.
        var known: Set<GroupId> = []
        /// When names were looked up, whatever was remembered of them.
        var anewAt: ContinuousClock.Instant?
    }

    /// How often names are looked up for the sake of groups that are not known: events may be about many that no target maps.
    private static let interval: Duration = .seconds(60)

    /// - Parameters:
    ///   - source: The directory, which is asked for the ids of groups that are not pinned.
    ///   - groups: What is mapped.
    ///   - now: The clock.
    init(
        source: any IdentitySource,
        groups: [DirectoryRequest.Group],
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.source = source
        self.now = now
        unpinned = Set(groups.filter { $0.pinnedId == nil }.map(\.name)).map { DirectoryRequest.Group(name: $0) }
        pinned = Self.index(groups.compactMap { group in group.pinnedId.map { ($0, group.name) } })
    }

    /// Whom a scope concerns.
    ///
    /// - Throws: What the directory throws, if it has to be asked.
    func mapped(_ scope: EventScope) async throws -> Mapped {
        guard !scope.isUnbounded, !scope.groups.isEmpty else { return Mapped(scope: scope) }
        var names = pinned
        let open = scope.groups.subtracting(pinned.keys)
        if !unpinned.isEmpty, !open.isEmpty {
            // Nobody is read; only names become ids. What is not there is in no event that would have to be read.
            let anew = looksUpAnew(open)
            let (directory, _) = try await MissingGroups.leavingOut(unpinned, .people([]), anew: anew, from: source)
            let found = Self.index(directory?.groups.values.map { ($0.id, $0.name) } ?? [])
            lookUps.withLock { $0.known = Set(found.keys) }
            names.merge(found) { $0.union($1) }
        }
        var mapped = Mapped(scope: EventScope(people: scope.people))
        if !unpinned.isEmpty { mapped.doubtful = scope.groups.subtracting(names.keys) }
        for group in scope.groups {
            guard let named = names[group] else { continue }
            mapped.scope.groups.insert(group)
            mapped.groups.formUnion(named)
        }
        return mapped
    }

    /// Whether what the source remembers is not good enough: a group that is not known may have got its name a moment ago.
    private func looksUpAnew(_ groups: Set<GroupId>) -> Bool {
        lookUps.withLock { lookUps in
            guard !groups.isSubset(of: lookUps.known) else { return false }
            if let last = lookUps.anewAt, last.duration(to: now()) < Self.interval { return false }
            lookUps.anewAt = now()
            return true
        }
    }

    /// By the spelling of ids that events are read in.
    private static func index(_ groups: [(id: GroupId, name: GroupName)]) -> [GroupId: Set<GroupName>] {
        groups.reduce(into: [:]) { index, group in
            index[GroupId(IdentityStoreResourceId.canonical(group.id.rawValue)), default: []].insert(group.name)
        }
    }
}
