// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("The contract of a source of people")
struct SourceConformanceTests {
    private let directory = InMemoryDirectory(
        id: "d-1",
        now: World.start,
        people: ["1", "2", "3"].map { Person(id: $0, accountName: AccountName("person\($0)")) },
        groups: [
            DirectoryGroup(id: "g1", name: "G1", members: ["1", "2"]),
            DirectoryGroup(id: "g2", name: "G2", members: ["2", "3"]),
        ]
    )

    private func suite(_ source: any IdentitySource, recreates: Bool = true) -> IdentitySourceConformance {
        IdentitySourceConformance(source, groups: ["G1", "G2"]) { [directory] in
            directory.update { world in
                world.remove(group: "g1")
                if recreates { world.add(DirectoryGroup(id: "g1-anew", name: "G1", members: ["1"])) }
            }
        }
    }

    @Test(arguments: [true, false])
    func `the in-memory directory keeps it`(recreates: Bool) async throws {
        try await suite(directory, recreates: recreates).checkAll()
    }

    @Test(arguments: BrokenSource.Defect.allCases)
    func `the suite finds a source that breaks it`(defect: BrokenSource.Defect) async {
        let source = BrokenSource(directory: directory, defect: defect)
        let failure = await #expect(throws: ConformanceFailure.self) { try await suite(source).checkAll() }
        #expect(failure?.description.contains(defect.rawValue) == true, "\(String(describing: failure))")
    }
}

/// A source that breaks the contract in one way.
struct BrokenSource: IdentitySource {
    /// Each with what the suite says of it.
    enum Defect: String, CaseIterable {
        case leavesGroupsOut = "has the groups that were asked for"
        case leavesPeopleOut = "whoever is in a group is among the people"
        case ignoresTheScope = "those are there who are"
        case knowsNobodyAlone = "is in the same groups"
        case namesGroupsAnewForFew = "groups are the same"
        case answersWithoutMissingGroups = "error about group conformance-no-such-group"
        case blamesAllGroups = "the group that is missing is told"
        case ignoresPins = "error about group G1"
        case guessesTheId = "the directory's id is known rightly"
        case letsNobodyInEver = "a reading that has just begun lets people in"
        case remembersWhenLookedUpAnew = "is missing, or has another id"
        case losesGroupsWhenLookedUpAnew = "groups that are there are found"
    }
    let directory: InMemoryDirectory
    let defect: Defect
    private let remembered = Log<DirectoryGroup>()

    init(directory: InMemoryDirectory, defect: Defect) { (self.directory, self.defect) = (directory, defect) }

    var directoryId: DirectoryId? { defect == .guessesTheId ? "d-guessed" : directory.directoryId }
    var longestAdmission: Int64? { defect == .letsNobodyInEver ? 0 : nil }

    func directory(_ request: DirectoryRequest) async throws -> Directory {
        do {
            let found = try await directory.directory(spoilt(request))
            if remembered.values.isEmpty { for group in found.groups.values { remembered.append(group) } }
            return spoilt(found, for: request)
        } catch let error as SyncError where error.code == .groupMissing {
            switch defect {
            case .answersWithoutMissingGroups:
                let there = request.groups.filter { error.missingGroups[$0] == nil }
                return try await directory.directory(DirectoryRequest(groups: there, scope: request.scope))
            case .blamesAllGroups: throw SyncError(missing: Dictionary(request.groups.map { ($0, "") }) { $1 })
            default: throw error
            }
        }
    }

    private func spoilt(_ request: DirectoryRequest) -> DirectoryRequest {
        switch defect {
        case .leavesGroupsOut: return DirectoryRequest(groups: request.groups.dropLast(), scope: request.scope)
        case .ignoresTheScope: return DirectoryRequest(groups: request.groups, scope: .everyone)
        case .ignoresPins:
            return DirectoryRequest(groups: request.groups.map { .init(name: $0.name) }, scope: request.scope)
        default: return request
        }
    }

    private func spoilt(_ found: Directory, for request: DirectoryRequest) -> Directory {
        Directory(
            id: found.id,
            asOf: found.asOf,
            scope: request.scope,
            people: found.people.filter { defect != .leavesPeopleOut || $0.id != "1" },
            groups: found.groups.values.map { spoilt($0, for: request) }
        )
    }

    private func spoilt(_ group: DirectoryGroup, for request: DirectoryRequest) -> DirectoryGroup {
        switch defect {
        case .remembersWhenLookedUpAnew where request.looksUpAnew:
            return remembered.values.first { $0.name == group.name } ?? group
        case .losesGroupsWhenLookedUpAnew where request.looksUpAnew,
            .namesGroupsAnewForFew where request.scope != .everyone:
            return DirectoryGroup(id: "another", name: group.name, members: group.members)
        case .knowsNobodyAlone where request.scope != .everyone:
            return DirectoryGroup(id: group.id, name: group.name, members: [])
        default: return group
        }
    }
}
