// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Makes of the ids in events what the engine can be asked for, whose groups are those of the configuration, by name.
struct ScopeResolver {
    /// Whom events concern, as far as any target maps them.
    struct Mapped: Equatable {
        /// The same as the events said it, without groups that no target maps.
        var scope = EventScope()
        /// The names of its groups.
        var groups: Set<GroupName> = []

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

    /// - Parameters:
    ///   - source: The directory, which is asked for the ids of groups that are not pinned.
    ///   - groups: What is mapped.
    init(source: any IdentitySource, groups: [DirectoryRequest.Group]) {
        self.source = source
        unpinned = Set(groups.filter { $0.pinnedId == nil }.map(\.name)).map { DirectoryRequest.Group(name: $0) }
        pinned = Self.index(groups.compactMap { group in group.pinnedId.map { ($0, group.name) } })
    }

    /// Whom a scope concerns.
    ///
    /// - Throws: What the directory throws, if it has to be asked.
    func mapped(_ scope: EventScope) async throws -> Mapped {
        guard !scope.isUnbounded, !scope.groups.isEmpty else { return Mapped(scope: scope) }
        var names = pinned
        if !unpinned.isEmpty, !scope.groups.isSubset(of: Set(pinned.keys)) {
            // Nobody is read; only names become ids. What is not there is in no event that would have to be read.
            let (directory, _) = try await MissingGroups.leavingOut(unpinned, .people([]), from: source)
            let found = directory?.groups.values.map { ($0.id, $0.name) } ?? []
            names.merge(Self.index(found)) { $0.union($1) }
        }
        var mapped = Mapped(scope: EventScope(people: scope.people))
        for group in scope.groups {
            guard let named = names[group] else { continue }
            mapped.scope.groups.insert(group)
            mapped.groups.formUnion(named)
        }
        return mapped
    }

    /// By the spelling of ids that events are read in.
    private static func index(_ groups: [(id: GroupId, name: GroupName)]) -> [GroupId: Set<GroupName>] {
        groups.reduce(into: [:]) { index, group in
            index[GroupId(IdentityStoreResourceId.canonical(group.id.rawValue)), default: []].insert(group.name)
        }
    }
}
