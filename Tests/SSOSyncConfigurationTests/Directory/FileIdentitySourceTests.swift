// SPDX-License-Identifier: Apache-2.0

import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// People and groups from a file.
struct FileIdentitySourceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let people = """
        people:
          - { id: u-1, userName: ada, email: ada@example.com }
          - { id: u-2, userName: 0123, nickName: no, enabled: false }
          - { id: u-3 }
        groups:
          - { id: g-1, name: Analysts, members: [u-1, u-2] }
          - { id: g-2, name: DBA, members: [] }
        """

    private func source(
        _ text: String = people,
        _ name: String = "people.yaml",
        id: DirectoryId? = nil,
        _ attribute: AccountNameAttribute = .userName
    ) throws -> FileIdentitySource {
        FileIdentitySource(
            path: try folder.write(text, to: name),
            id: id,
            accountName: attribute,
            documents: Sample.documents,
            now: { World.now }
        )
    }

    private func request(_ names: [GroupName], _ scope: Scope = .everyone, pinned: GroupId? = nil) -> DirectoryRequest {
        DirectoryRequest(groups: names.map { .init(name: $0, pinnedId: pinned) }, scope: scope)
    }

    private func failure(_ text: String, _ name: String = "people.yaml") async throws -> String? {
        do {
            _ = try await source(text, name).directory(request([]))
            return nil
        } catch let error as SyncError {
            #expect(error.code == .source)
            return error.message.replacing(folder.path + "/", with: "")
        }
    }

    @Test func `everyone and the groups asked for are read`() async throws {
        let directory = try await source().directory(request(["Analysts"]))
        #expect(directory.id == "file")
        #expect(directory.asOf == World.now)
        let expected = [
            Person(id: "u-1", accountName: "ada"), Person(id: "u-2", accountName: "0123", isEnabled: false),
            Person(id: "u-3", accountName: nil),
        ]
        #expect(directory.people == expected)
        #expect(directory.groups == ["Analysts": DirectoryGroup(id: "g-1", name: "Analysts", members: ["u-1", "u-2"])])
    }

    @Test func `for a few people, only they are read, in groups too`() async throws {
        let directory = try await source().directory(request(["Analysts"], .people(["u-2", "u-9"])))
        #expect(directory.people.map(\.id) == ["u-2"])
        #expect(directory.groups["Analysts"]?.members == ["u-2"])
        #expect(directory.scope == .people(["u-2", "u-9"]))
    }

    @Test func `account names come from the attribute that the configuration names`() async throws {
        #expect(
            try await source(id: nil, .email).directory(request([])).people.map(\.accountName) == [
                "ada@example.com", nil, nil,
            ]
        )
        #expect(
            try await source(id: nil, .nickName).directory(request([])).people.map(\.accountName) == [nil, "no", nil]
        )
    }

    @Test func `the file is read anew every time`() async throws {
        let source = try source()
        _ = try await source.directory(request([]))
        try folder.write("people: []\ngroups: []", to: "people.yaml")
        #expect(try await source.directory(request([])).people.isEmpty)
    }

    @Test func `the directory's id comes from the file or the configuration, and both have to agree`() async throws {
        #expect(try await source(id: "d-1").directory(request([])).id == "d-1")
        #expect(try await source("id: d-2\n" + Self.people).directory(request([])).id == "d-2")
        #expect(try await source("id: d-2\n" + Self.people, id: "d-2").directory(request([])).id == "d-2")
        await #expect(throws: SyncError.self) {
            try await source("id: d-2\n" + Self.people, id: "d-1").directory(request([]))
        }
    }

    @Test func `a group that is missing, or was created anew, is an error`() async throws {
        let error = await #expect(throws: SyncError.self) { try await source().directory(request(["analysts"])) }
        #expect(error?.message.hasSuffix(#"there is no group "analysts", did you mean "Analysts"?"#) == true)
        await #expect(throws: SyncError.self) { try await source().directory(request(["DBA"], pinned: "g-9")) }
        _ = try await source().directory(request(["DBA"], pinned: "g-2"))
        let several = await #expect(throws: SyncError.self) {
            try await source().directory(request(["Analysts", "Nobody", "None"]))
        }
        #expect(several.map { Set($0.missingGroups.keys.map(\.name)) } == ["Nobody", "None"])
    }

    private static let mistakes: [(text: String, problem: String)] = [
        ("", "people.yaml: is empty"),
        ("people: []", "people.yaml:1: groups is missing: the list of groups"),
        ("people: {}\ngroups: []", "people.yaml:1: people: expected a list of people, found a mapping"),
        (
            "people: [{ userName: a }]\ngroups: []",
            "people.yaml:1: people[0]: id is missing: what never changes about a person, whatever the name"
        ),
        (
            "people: [{ id: a, username: a }]\ngroups: []",
            #"people.yaml:1: people[0]: unknown key "username", did you mean "userName"?"#
        ),
        (
            "people: [{ id: a, enabled: yes }]\ngroups: []",
            "people.yaml:1: people[0].enabled: expected true or false, found text"
        ),
        ("people:\n- id: a\n- id: a\ngroups: []", #"people.yaml:3: people[1]: another person has the id "a" already"#),
        (
            "people: []\ngroups:\n- { id: g, name: G, members: [a] }",
            #"people.yaml:3: groups[0].members[0]: nobody has the id "a""#
        ),
        (
            "people: [{ id: a }]\ngroups:\n- { id: g, name: G, members: [a, a] }",
            #"people.yaml:3: groups[0].members[1]: "a" stands here twice"#
        ),
        (
            "people: []\ngroups:\n- { id: g, name: G, members: [] }\n- { id: g, name: H, members: [] }",
            #"people.yaml:4: groups[1]: another group has the id "g" already"#
        ),
        (
            "people: []\ngroups:\n- { id: g, name: G, members: [] }\n- { id: h, name: G, members: [] }",
            #"people.yaml:4: groups[1]: another group has the name "G" already"#
        ),
        (
            "people: []\ngroups:\n- { id: g, name: G }",
            "people.yaml:3: groups[0]: members is missing: the ids of the group's members, or []"
        ),
    ]

    @Test(arguments: mistakes)
    func `half of a directory is no directory`(text: String, problem: String) async throws {
        #expect(try await failure(text) == problem)
    }

    @Test func `names that differ in bytes alone are two names`() async throws {
        let text =
            "people: []\ngroups:\n- { id: g, name: Cafe\u{301}, members: [] }\n- { id: h, name: Caf\u{E9}, members: [] }"
        #expect(try await failure(text) == nil)
    }

    @Test func `YAML and JSON say the same`() async throws {
        let json = #"""
            {"people": [{"id": "u-1", "userName": "ada", "email": "ada@example.com"},
              {"id": "u-2", "userName": "0123", "nickName": "no", "enabled": false}, {"id": "u-3"}],
             "groups": [{"id": "g-1", "name": "Analysts", "members": ["u-1", "u-2"]}, {"id": "g-2", "name": "DBA", "members": []}]}
            """#
        let wanted = request(["Analysts", "DBA"])
        #expect(try await source(json, "people.json").directory(wanted) == source().directory(wanted))
    }

    @Test(.timeLimit(.minutes(1)))
    func `ten thousand people are read in a moment`() async throws {
        let people = (0..<10_000).map { #"{"id": "u-\#($0)", "userName": "user\#($0)", "enabled": true}"# }.joined(
            separator: ",\n"
        )
        let members = (0..<10_000).map { #""u-\#($0)""# }.joined(separator: ",")
        let json = #"{"people": [\#(people)], "groups": [{"id": "g", "name": "G", "members": [\#(members)]}]}"#
        let source = try source(json, "large.json")
        // 0.15 s of CPU time in a release build. The limit is for what grows with the square of people.
        #expect(try await source.directory(request(["G"])).groups["G"]?.members.count == 10_000)
    }
}
