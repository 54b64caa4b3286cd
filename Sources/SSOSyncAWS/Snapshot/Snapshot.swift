// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import SSOSyncDigest

/// A reading of the directory that is handed on: the configured groups, and their members.
///
/// Of a few people it is an excerpt: which of them are in the groups.
public struct Snapshot: Hashable, Sendable {
    /// The newest layout that this code writes and reads.
    ///
    /// One by which nobody is to be let in has the layout 2, which says so. All others have the layout 1: whoever does not know
    /// of freezes yet refuses the former rather than let somebody in by it.
    public static let version = 2

    /// Which directory it is.
    public let directory: DirectoryId
    /// Which of the directory's snapshots: a later one has a greater number.
    public let sequence: Int64
    /// When the reading began.
    public let asOf: Timestamp
    /// Whom the reading covers: everyone, or in an excerpt a few people.
    public let scope: Scope
    /// What the account names were made from.
    public let accountName: AccountNameAttribute
    /// The groups' members, ascending by id.
    public let people: [Person]
    /// The groups, ascending by name.
    public let groups: [DirectoryGroup]
    /// Whether nobody is to be let in and nothing to be granted by it.
    public let admitsNobody: Bool

    /// A snapshot of a reading; of the people, those who are in a group.
    ///
    /// - Parameters:
    ///   - directory: The reading, of everyone, or for an excerpt of a few people.
    ///   - sequence: Which of the directory's snapshots it is.
    ///   - accountName: What the account names were made from.
    public init(_ directory: Directory, sequence: Int64, accountName: AccountNameAttribute) {
        let groups = directory.groups.values.sorted { $0.name < $1.name }
        let members = Set(groups.flatMap(\.members))
        self.init(
            directory: directory.id,
            sequence: sequence,
            asOf: directory.asOf,
            scope: directory.scope,
            accountName: accountName,
            people: directory.people.filter { members.contains($0.id) },
            groups: groups,
            admitsNobody: directory.admitsNobody
        )
    }

    init(
        directory: DirectoryId,
        sequence: Int64,
        asOf: Timestamp,
        scope: Scope = .everyone,
        accountName: AccountNameAttribute,
        people: [Person],
        groups: [DirectoryGroup],
        admitsNobody: Bool = false
    ) {
        self.directory = directory
        self.sequence = sequence
        self.asOf = asOf
        self.scope = scope
        self.accountName = accountName
        self.people = people
        self.groups = groups
        self.admitsNobody = admitsNobody
    }

    /// The one text that this snapshot has.
    public var bytes: [UInt8] { CanonicalJSON.bytes(SnapshotPayload(self)) }

    /// What tells it from the directory's other snapshots.
    public var stamp: SnapshotStamp {
        SnapshotStamp(sequence: sequence, asOf: asOf, digest: SHA256.digest(bytes).hexadecimal)
    }

    /// What was asked for.
    ///
    /// - Throws: ``SyncError`` with the code ``SyncError/Code/source`` if a group is not in the snapshot, or is another than
    ///   the one that is pinned, or if an excerpt does not cover everybody who is asked for.
    public func directory(for request: DirectoryRequest) throws(SyncError) -> Directory {
        guard covers(request.scope) else {
            throw SyncError(.source, "it is an excerpt, and others are asked for than it covers")
        }
        let asked = Asked(request.scope)
        let groups = try request.found { (wanted) throws(SyncError) in try group(wanted, asked) }
        return Directory(
            id: directory,
            asOf: asOf,
            scope: request.scope,
            people: people.compactMap { person in
                asked.id(of: person.id).map {
                    Person(id: $0, accountName: person.accountName, isEnabled: person.isEnabled)
                }
            },
            groups: groups,
            admitsNobody: admitsNobody
        )
    }

    private func covers(_ asked: Scope) -> Bool {
        switch (scope, asked) {
        case (.everyone, _): return true
        case (.people, .everyone): return false
        case (.people(let covered), .people(let people)):
            let known = Set(covered.map { IdentityStoreResourceId.canonical($0.rawValue) })
            return people.allSatisfy { known.contains(IdentityStoreResourceId.canonical($0.rawValue)) }
        }
    }

    private func group(_ wanted: DirectoryRequest.Group, _ asked: Asked) throws(SyncError) -> DirectoryGroup {
        guard let group = groups.first(where: { $0.name == wanted.name }) else {
            throw SyncError(
                .groupMissing,
                "there is no group \"\(wanted.name)\" in it: it has those of the configuration that it was written with, so "
                    + "add the group there"
            )
        }
        return DirectoryGroup(
            id: try GroupResolver.id(of: wanted, found: group.id.rawValue),
            name: group.name,
            members: group.members.compactMap(asked.id)
        )
    }
}

/// Whom somebody asked for, in whichever spelling of the id, and who is in the answer in the same.
private struct Asked {
    /// By the canonical id; nil for everyone.
    private let spellings: [String: UserId]?

    init(_ scope: Scope) {
        switch scope {
        case .everyone: spellings = nil
        case .people(let people):
            spellings = Dictionary(
                people.map { (IdentityStoreResourceId.canonical($0.rawValue), $0) },
                uniquingKeysWith: { first, _ in first }
            )
        }
    }

    func id(of user: UserId) -> UserId? {
        guard let spellings else { return user }
        return spellings[IdentityStoreResourceId.canonical(user.rawValue)]
    }
}
