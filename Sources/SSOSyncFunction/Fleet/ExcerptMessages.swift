// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Makes messages of what was read about a few people: for each spoke what concerns its groups, and no more.
struct ExcerptMessages {
    let signer: ExcerptSigner
    /// The hub's run.
    let run: HubRunId

    /// The messages for a spoke, which are as many as it takes for each to fit into the queue.
    ///
    /// - Parameters:
    ///   - directory: What was read.
    ///   - groups: The groups that the spoke maps.
    func texts(of directory: Directory, for groups: Set<GroupName>) async throws -> [String] {
        guard case .people(let people) = directory.scope, !people.isEmpty else { return [] }
        let text = FleetMessage.excerpt(
            try await signer.excerpt(of: directory.part(people, in: groups)),
            run: run
        ).text
        guard text.utf8.count > FleetMessage.limit else { return [text] }
        guard people.count > 1 else {
            throw SyncError(
                .unsupported,
                "what there is about one person does not fit into a message: give this spoke fewer groups than \(groups.count)"
            )
        }
        let ordered = people.sorted()
        var texts: [String] = []
        for half in [ordered.prefix(people.count / 2), ordered.dropFirst(people.count / 2)] {
            texts += try await self.texts(of: directory.part(Set(half), in: groups), for: groups)
        }
        return texts
    }
}

extension Directory {
    /// What of a reading concerns some people and groups.
    fileprivate func part(_ part: Set<UserId>, in names: Set<GroupName>) -> Directory {
        Directory(
            id: id,
            asOf: asOf,
            scope: .people(part),
            people: people.filter { part.contains($0.id) },
            groups: groups.values.filter { names.contains($0.name) }.map { group in
                DirectoryGroup(id: group.id, name: group.name, members: group.members.filter(part.contains))
            },
            admitsNobody: admitsNobody
        )
    }
}
