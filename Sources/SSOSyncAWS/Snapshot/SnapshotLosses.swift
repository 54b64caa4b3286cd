// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Who was in a group by the snapshot that is to be replaced, and is not by the reading that is to replace it.
///
/// Groups are listed one after another: who goes from one to another meanwhile may be found in neither. Whoever goes by a snapshot has no
/// directory to ask before somebody is locked by it.
///
/// A pure value.
struct SnapshotLosses {
    /// More people than this are not asked about: at the default rate there is no time for it.
    private static let mostPeople = 50

    private let directory: Directory
    /// Whom to ask about; nobody if it would be too many.
    let people: Set<UserId>

    /// Finds them.
    ///
    /// - Parameters:
    ///   - directory: The reading.
    ///   - previous: The snapshot that it is to replace; nil if there is none.
    init(_ directory: Directory, since previous: Snapshot?) {
        self.directory = directory
        var people: Set<UserId> = []
        for group in previous?.groups ?? [] {
            guard let found = directory.groups[group.name], found.id == group.id else { continue }
            people.formUnion(Set(group.members).subtracting(found.members))
        }
        self.people = people.count <= Self.mostPeople ? people : []
    }

    /// The reading with those of them in the groups that they are in by now.
    ///
    /// Nobody is taken out of a group: of that there is an event, or the next reading.
    ///
    /// - Parameter latest: What the directory says of them now.
    /// - Returns: It, and how many that are; nil if it had them there already.
    func mended(by latest: Directory) -> (directory: Directory, overlooked: Int)? {
        let present = latest.people.filter { $0.isEnabled && people.contains($0.id) }
        let ids = Set(present.map(\.id))
        var overlooked: Set<UserId> = []
        let groups = directory.groups.values.map { group in
            guard let current = latest.groups[group.name], current.id == group.id else { return group }
            let joined = ids.intersection(current.members).subtracting(group.members)
            guard !joined.isEmpty else { return group }
            overlooked.formUnion(joined)
            return DirectoryGroup(id: group.id, name: group.name, members: joined.union(group.members))
        }
        guard !overlooked.isEmpty else { return nil }
        let mended = Directory(
            id: directory.id,
            asOf: directory.asOf,
            scope: directory.scope,
            people: directory.people + present.filter { overlooked.contains($0.id) },
            groups: groups,
            wholeGroups: directory.wholeGroups,
            admitsNobody: directory.admitsNobody
        )
        return (mended, overlooked.count)
    }
}
