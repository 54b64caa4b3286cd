// SPDX-License-Identifier: Apache-2.0

/// What one complete reading of the directory found.
///
/// There is no such thing as half a reading.
public struct Directory: Hashable, Sendable {
    /// Which directory it is; markers name it.
    public let id: DirectoryId
    /// When the reading began.
    public let asOf: Timestamp
    /// Whom the reading covers.
    public let scope: Scope
    /// The people found inside the scope, ascending by id.
    ///
    /// Whoever is in the scope and not here is gone.
    public let people: [Person]
    /// The groups asked for, by name.
    public let groups: [GroupName: DirectoryGroup]
    /// Groups all of whose members are inside a scope of people.
    public let wholeGroups: Set<GroupName>
    /// Whether nobody is to be let in and nothing to be granted by this reading: whoever has handed it on has frozen joins.
    public let admitsNobody: Bool
    /// For each group, the places in ``people`` of its members, ascending.
    ///
    /// Found once for all targets: among many people a look-up by id is mostly a wait for memory.
    let placesOfMembers: [GroupName: [Int32]]

    /// A complete reading.
    ///
    /// - Parameters:
    ///   - id: Which directory it is.
    ///   - asOf: When the reading began.
    ///   - scope: Whom the reading covers.
    ///   - people: The people found, in any order; if an id comes twice the last one counts.
    ///   - groups: The groups asked for, in any order.
    ///   - wholeGroups: Groups all of whose members are known to be inside the scope.
    ///   - admitsNobody: Whether nobody is to be let in and nothing to be granted by it.
    public init(
        id: DirectoryId,
        asOf: Timestamp,
        scope: Scope,
        people: some Sequence<Person>,
        groups: some Sequence<DirectoryGroup>,
        wholeGroups: Set<GroupName> = [],
        admitsNobody: Bool = false
    ) {
        self.id = id
        self.asOf = asOf
        self.scope = scope
        let byId = Dictionary(people.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        self.people = byId.values.sorted { $0.id < $1.id }
        self.groups = Dictionary(groups.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        self.wholeGroups = wholeGroups
        self.admitsNobody = admitsNobody
        placesOfMembers = Self.places(of: self.groups, in: self.people)
    }

    /// Members of whom nothing is known but the id are in no place.
    private static func places(of groups: [GroupName: DirectoryGroup], in people: [Person]) -> [GroupName: [Int32]] {
        let placeOf = Dictionary(uniqueKeysWithValues: zip(people.lazy.map(\.id), Int32(0)...))
        return groups.mapValues { $0.members.compactMap { placeOf[$0] } }
    }

    /// The place of somebody in ``people``.
    func place(of user: UserId) -> Int? { people.index(of: user, by: \.id) }

    /// Whether the reading covers every member of the group, so that one without members here has none.
    public func coversAllMembers(of group: GroupName) -> Bool { scope == .everyone || wholeGroups.contains(group) }

    /// The same reading, of which it is known that these groups have no members outside its scope.
    func covering(_ groups: Set<GroupName>) -> Directory {
        Directory(
            id: id,
            asOf: asOf,
            scope: scope,
            people: people,
            groups: self.groups.values,
            wholeGroups: groups,
            admitsNobody: admitsNobody
        )
    }

    /// The same reading, by which nobody is to be let in and nothing to be granted.
    package var admittingNobody: Directory {
        Directory(
            id: id,
            asOf: asOf,
            scope: scope,
            people: people,
            groups: groups.values,
            wholeGroups: wholeGroups,
            admitsNobody: true
        )
    }
}

/// What the engine asks an ``IdentitySource`` for.
public struct DirectoryRequest: Hashable, Sendable {
    /// A group by its name, and by its id where the configuration pins it.
    public struct Group: Hashable, Sendable {
        /// The configured name.
        public let name: GroupName
        /// The configured id.
        ///
        /// A group of that name with another id is another group.
        public let pinnedId: GroupId?

        /// A group to be read.
        public init(name: GroupName, pinnedId: GroupId? = nil) {
            self.name = name
            self.pinnedId = pinnedId
        }
    }

    /// The groups to be read, ascending by name.
    public let groups: [Group]
    /// Whom to cover.
    ///
    /// For people: which of them are in the groups, and who of them is gone.
    public let scope: Scope

    /// Whether groups are to be looked up anew, whatever the source remembers of which group has a name.
    ///
    /// Somebody is to lose access because he is in none of them: groups that are gone take nothing from anybody.
    public let looksUpAnew: Bool

    /// A request for groups, in any order.
    public init(groups: some Sequence<Group>, scope: Scope, looksUpAnew: Bool = false) {
        self.looksUpAnew = looksUpAnew
        self.groups = Set(groups).sorted {
            ($0.name, $0.pinnedId?.rawValue ?? "") < ($1.name, $1.pinnedId?.rawValue ?? "")
        }
        self.scope = scope
    }

    /// Finds each of the groups.
    ///
    /// - Parameter find: Finds one; throws ``SyncError`` with ``SyncError/Code/groupMissing`` if it is missing.
    /// - Returns: What was found, in the groups' order.
    /// - Throws: One error for all that are missing, or the first other one.
    public func found<Found>(
        _ find: (Group) throws(SyncError) -> Found
    ) throws(SyncError) -> [Found] {
        var found: [Found] = []
        var missing: [Group: String] = [:]
        for group in groups {
            do throws(SyncError) {
                found.append(try find(group))
            } catch {
                guard error.code == .groupMissing else { throw error }
                missing[group] = error.message
            }
        }
        guard missing.isEmpty else { throw SyncError(missing: missing) }
        return found
    }
}
