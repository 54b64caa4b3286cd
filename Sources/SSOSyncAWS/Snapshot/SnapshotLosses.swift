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

    /// A group that has somebody of them by now, and had not in the reading; nil if there is none.
    ///
    /// - Parameter latest: What the directory says of them now.
    func contradiction(by latest: Directory) -> GroupName? {
        let access = Set(latest.people.filter(\.isEnabled).map(\.id)).intersection(people)
        return latest.groups.values.filter { group in
            let found = Set(directory.groups[group.name]?.members ?? [])
            return !access.intersection(group.members).isSubset(of: found)
        }
        .map(\.name).min()
    }
}
