// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Proves that a source of people and groups keeps the contract of `IdentitySource`.
///
/// It reads a directory that nobody else changes meanwhile, and has one of its groups replaced:
///
///     @Test func `keeps the contract`() async throws {
///         let suite = IdentitySourceConformance(source, groups: ["Analytics", "DBA"]) { try await recreate("Analytics") }
///         try await suite.checkAll()
///     }
///
/// Every check throws ``ConformanceFailure`` where the contract is not kept, and whatever the source throws.
public struct IdentitySourceConformance: Sendable {
    private let source: any IdentitySource
    private let groups: [GroupName]
    private let replaceFirst: @Sendable () async throws -> Void

    /// A suite of checks.
    ///
    /// - Parameters:
    ///   - source: The source that is to be proven.
    ///   - groups: Two or more groups that the directory has, with members who are people of the directory.
    ///   - replaceFirst: Deletes the first of the groups, or makes it anew: with the same name, and another id. The others stay.
    public init(
        _ source: any IdentitySource,
        groups: [GroupName],
        replacingFirst replaceFirst: @escaping @Sendable () async throws -> Void
    ) {
        precondition(groups.count >= 2, "the suite needs two groups")
        self.source = source
        self.groups = groups
        self.replaceFirst = replaceFirst
    }

    /// All checks, one after the other; the last one has the first group replaced.
    public func checkAll() async throws {
        try await checkReadingIsWhole()
        try await checkFewAreAnsweredAsAmongAll()
        try await checkMissingGroupIsAnError()
        try await checkWhatIsSaidBeforehand()
        try await checkLooksUpAnew()
    }

    /// A reading of everyone has each of the groups, no other, and all of their members among its people.
    public func checkReadingIsWhole() async throws {
        let all = try await read(groups, .everyone)
        try expect(all.scope == .everyone, "a reading of everyone covers everyone")
        try expect(Set(all.groups.keys) == Set(groups), "a reading has the groups that were asked for, and no other")
        let members = Set(all.groups.values.flatMap(\.members))
        try expect(!members.isEmpty, "the groups that the suite was given have members")
        try expect(members.isSubset(of: all.people.map(\.id)), "whoever is in a group is among the people")
    }

    /// A reading of a few people says of them what a reading of everyone says, and nothing of others; who is not there is gone.
    public func checkFewAreAnsweredAsAmongAll() async throws {
        let all = try await read(groups, .everyone)
        guard let member = all.groups.values.lazy.flatMap(\.members).min() else {
            throw ConformanceFailure("expected groups with members, and there is nobody in them")
        }
        let nobody: UserId = "conformance-nobody"
        let few = try await read(groups, .people([member, nobody]))
        try expect(few.scope == .people([member, nobody]), "a reading of people covers those who were asked about")
        try expect(few.people == all.people.filter { $0.id == member }, "of the people those are there who are")
        try expect(
            few.groups.mapValues(\.id) == all.groups.mapValues(\.id),
            "groups are the same, whomever is asked about"
        )
        try expect(
            few.groups.mapValues(\.members) == all.groups.mapValues { $0.members.filter { $0 == member } },
            "somebody is in the same groups, whether asked about alone or among all"
        )
    }

    /// A group that is not there is an error, as is one whose id is not the pinned one; where the source says which ones are missing,
    /// it is these.
    public func checkMissingGroupIsAnError() async throws {
        let absent = DirectoryRequest.Group(name: "conformance-no-such-group")
        let another = DirectoryRequest.Group(name: groups[0], pinnedId: "conformance-no-such-id")
        for missing in [absent, another] {
            for scope in [Scope.everyone, .people([])] {
                let wanted = [missing, DirectoryRequest.Group(name: groups[1])]
                do {
                    _ = try await source.directory(DirectoryRequest(groups: wanted, scope: scope))
                } catch let error as SyncError where error.code == .groupMissing {
                    try expect(
                        Set(error.missingGroups.keys) == [missing],
                        "the group that is missing is told, and no other"
                    )
                    continue
                } catch let error as SyncError where error.code == .source {
                    continue
                }
                throw ConformanceFailure("expected an error about group \(missing.name), and there is an answer")
            }
        }
    }

    /// The id that is known before anything is read is the directory's; how old a reading may be to let anybody in is longer than no
    /// time.
    public func checkWhatIsSaidBeforehand() async throws {
        let id = source.directoryId
        let read = try await read(groups, .people([])).id
        try expect(id == nil || id == read, "the directory's id is known rightly, or not")
        try expect((source.longestAdmission ?? 1) > 0, "a reading that has just begun lets people in")
    }

    /// Whoever looks groups up anew is told nothing that is remembered of them: the first group is replaced.
    public func checkLooksUpAnew() async throws {
        let known = try await read(groups, .everyone).groups.mapValues(\.id)
        try await replaceFirst()
        let others = try await lookUp(Array(groups.dropFirst()))
        try expect(others == known.filter { $0.key != groups[0] }, "groups that are there are found as they were")
        // An error is no answer from a memory.
        guard let found = try? await lookUp([groups[0]]) else { return }
        try expect(
            found[groups[0]] != known[groups[0]],
            "a group that was replaced is missing, or has another id, for whoever looks it up anew"
        )
    }

    private func read(_ groups: [GroupName], _ scope: Scope, anew: Bool = false) async throws -> Directory {
        let wanted = groups.map { DirectoryRequest.Group(name: $0) }
        return try await source.directory(DirectoryRequest(groups: wanted, scope: scope, looksUpAnew: anew))
    }

    /// The groups' ids, as the engine asks for them.
    private func lookUp(_ groups: [GroupName]) async throws -> [GroupName: GroupId] {
        try await read(groups, .people([]), anew: true).groups.mapValues(\.id)
    }
}
