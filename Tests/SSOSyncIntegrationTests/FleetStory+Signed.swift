// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport

/// What carries the hub's signature, and no process of it has made.
extension FleetStory {
    // MARK: Messages

    /// What a hub would send of one person, read so many seconds ago.
    func message(_ person: Int, in groups: [String], age: Int64) async throws -> String {
        let user = UserId(AWSStandIn.id(person))
        let ids = ["Readers": Self.readers, "Writers": Self.writers]
        let directory = Directory(
            id: DirectoryId(aws.store),
            asOf: Timestamp.now.advanced(bySeconds: -age),
            scope: .people([user]),
            people: [Person(id: user, accountName: AccountName("person\(person)"))],
            groups: ids.map { name, id in
                DirectoryGroup(id: GroupId(id), name: GroupName(name), members: groups.contains(name) ? [user] : [])
            }
        )
        let signer = KMSSnapshotSigner(key: key, client: KMSClient(try aws.client(.kms)))
        let signed = try await ExcerptSigner(signer, accountName: .userName).excerpt(of: directory)
        let text = String(decoding: signed.bytes, as: UTF8.self)
        return #"{"excerpt":\#(text),"sso-sync":{"run":"0123456789abcdef","v":1}}"#
    }

    // MARK: Snapshots

    /// What the directory said so many seconds ago, when these people were in the first group and nobody in the other.
    func reading(_ people: [Int], age: Int64) -> Directory {
        let users = people.map { UserId(AWSStandIn.id($0)) }
        return Directory(
            id: DirectoryId(aws.store),
            asOf: Timestamp.now.advanced(bySeconds: -age),
            scope: .everyone,
            people: zip(users, people).map { Person(id: $0, accountName: AccountName("person\($1)")) },
            groups: [
                DirectoryGroup(id: GroupId(Self.readers), name: "Readers", members: Set(users)),
                DirectoryGroup(id: GroupId(Self.writers), name: "Writers", members: []),
            ]
        )
    }

    /// Puts a snapshot where the hub does.
    func write(_ directory: Directory) async throws {
        let signer = KMSSnapshotSigner(key: key, client: KMSClient(try aws.client(.kms)))
        _ = try await SnapshotWriter(to: snapshot, signer: signer).write(directory, accountName: .userName)
    }
}
