// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncCore

/// A snapshot, or an excerpt, as it is written down.
struct SnapshotPayload: Codable {
    struct PersonEntry: Codable {
        let id: UserId
        let accountName: AccountName?
        let enabled: Bool
    }

    struct GroupEntry: Codable {
        let id: GroupId
        let name: GroupName
        let members: [UserId]
    }

    static let kind = "sso-sync snapshot"
    /// What a program that knows no excerpts must not take for a snapshot.
    private static let kindOfExcerpts = "sso-sync excerpt"

    let kind: String
    let version: Int
    let directory: DirectoryId
    let sequence: Int64
    let asOf: Timestamp
    let accountName: String
    let people: [PersonEntry]
    let groups: [GroupEntry]
    /// Whom an excerpt covers, ascending; nil for everyone.
    let scope: [UserId]?
    /// What is frozen: ``joins``, or nothing.
    let freeze: String?

    /// That nobody is to be let in.
    private static let joins = "joins"

    /// Whether nobody is to be let in by it; nil if what it says of that and its layout do not go together.
    var admitsNobody: Bool? {
        switch (version, freeze) {
        case (1, nil): false
        case (2, Self.joins): true
        default: nil
        }
    }

    /// Whom it covers; nil if that and the kind do not go together.
    var coverage: Scope? {
        switch (kind, scope) {
        case (Self.kind, nil): .everyone
        case (Self.kindOfExcerpts, let people?): .people(Set(people))
        default: nil
        }
    }

    /// What every layout has.
    struct Header: Decodable {
        let kind: String
        let version: Int

        /// The layout, if it is one of a later version of this program.
        var laterVersion: Int? {
            [SnapshotPayload.kind, kindOfExcerpts].contains(kind) && version > Snapshot.version ? version : nil
        }
    }

    init(_ snapshot: Snapshot) {
        switch snapshot.scope {
        case .everyone: (kind, scope) = (Self.kind, nil)
        case .people(let people): (kind, scope) = (Self.kindOfExcerpts, people.sorted())
        }
        (version, freeze) = snapshot.admitsNobody ? (2, Self.joins) : (1, nil)
        directory = snapshot.directory
        sequence = snapshot.sequence
        asOf = snapshot.asOf
        accountName = snapshot.accountName.rawValue
        people = snapshot.people.map { PersonEntry(id: $0.id, accountName: $0.accountName, enabled: $0.isEnabled) }
        groups = snapshot.groups.map { GroupEntry(id: $0.id, name: $0.name, members: $0.members) }
    }
}

extension Snapshot {
    /// Reads what ``bytes`` has written, and nothing else.
    ///
    /// Keys that stand twice, spaces, keys that nobody knows, people or groups out of order or twice: of all these,
    /// what is written anew differs.
    ///
    /// - Throws: ``SnapshotRefusal`` with the code ``SnapshotRefusal/Code/malformed``, or
    ///   ``SnapshotRefusal/Code/otherVersion`` for one that a later version has written.
    init(bytes: [UInt8]) throws(SnapshotRefusal) {
        let header = try? JSONDecoder().decode(SnapshotPayload.Header.self, from: Data(bytes))
        if let later = header?.laterVersion { throw .otherVersion(later) }
        guard let payload = try? JSONDecoder().decode(SnapshotPayload.self, from: Data(bytes)),
            let scope = payload.coverage, let admitsNobody = payload.admitsNobody,
            let accountName = AccountNameAttribute(rawValue: payload.accountName)
        else { throw .malformed }
        // As a reading sorts them, and has each once.
        let reading = Directory(
            id: payload.directory,
            asOf: payload.asOf,
            scope: scope,
            people: payload.people.map { Person(id: $0.id, accountName: $0.accountName, isEnabled: $0.enabled) },
            groups: payload.groups.map { DirectoryGroup(id: $0.id, name: $0.name, members: $0.members) },
            admitsNobody: admitsNobody
        )
        self.init(reading, sequence: payload.sequence, accountName: accountName)
        guard self.bytes == bytes else { throw .malformed }
    }
}

extension SnapshotRefusal {
    /// Not what we write.
    static let malformed = SnapshotRefusal(
        .malformed,
        "it is not what sso-sync snapshot writes, to the byte: write it anew, and let nothing on the way format it"
    )
}
