// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@testable import SSOSyncFunction

struct ScopeResolverTests {
    private static func group(_ number: Int) -> GroupId { GroupId(AWSStandIn.id(900 + number)) }

    private let directory = InMemoryDirectory(
        id: "d-1234567890",
        now: .now,
        groups: [
            DirectoryGroup(id: group(1), name: "Pinned", members: []),
            DirectoryGroup(id: group(2), name: "Open", members: []),
            DirectoryGroup(id: group(3), name: "Unmapped", members: []),
        ]
    )

    private func resolver(pinned: String? = nil, open: Bool = true, more: [GroupName] = []) -> ScopeResolver {
        let pinned = DirectoryRequest.Group(name: "Pinned", pinnedId: GroupId(pinned ?? Self.group(1).rawValue))
        return ScopeResolver(
            source: directory,
            groups: [pinned, pinned] + ((open ? ["Open"] : []) + more).map { DirectoryRequest.Group(name: $0) }
        )
    }

    private var requests: [DirectoryRequest] { directory.world.requests }

    @Test func `people and anybody are asked for as they are`() async throws {
        let people = try await resolver().mapped(EventScope(people: ["u-1", "u-2"]))
        #expect(people.requests == [.people(["u-1", "u-2"])])
        let anybody = try await resolver().mapped(
            EventScope(people: ["u-1"], groups: [Self.group(3)], isUnbounded: true)
        )
        #expect(anybody.requests == [.everyone])
        #expect(requests.isEmpty)
    }

    @Test func `a group is known by its pinned id, however that is spelled, without a call`() async throws {
        let id = Self.group(1).rawValue
        for pinned in [id, id.uppercased(), "1234567890-\(id)", "arn:aws:identitystore:::group/\(id)"] {
            let mapped = try await resolver(pinned: pinned).mapped(EventScope(groups: [Self.group(1)]))
            #expect(mapped.requests == [.groups(["Pinned"])])
        }
        #expect(requests.isEmpty)
    }

    @Test func `the id of a group that is not pinned is looked up, and nobody is read for it`() async throws {
        let scope = EventScope(people: ["u-1"], groups: [Self.group(1), Self.group(2), Self.group(3)])
        let mapped = try await resolver().mapped(scope)
        #expect(mapped.requests == [.people(["u-1"]), .groups(["Pinned", "Open"])])
        #expect(mapped.scope == EventScope(people: ["u-1"], groups: [Self.group(1), Self.group(2)]))
        #expect(requests.map(\.scope) == [.people([])])
        #expect(requests.first?.groups.map(\.name) == ["Open"])
    }

    @Test func `a group that is not there keeps nobody from being read for the others`() async throws {
        directory.update { $0.remove(group: Self.group(2)) }
        let resolver = resolver(more: ["Later"])
        directory.update { $0.add(DirectoryGroup(id: Self.group(4), name: "Later", members: [])) }
        let mapped = try await resolver.mapped(EventScope(people: ["u-1"], groups: [Self.group(2), Self.group(4)]))
        #expect(mapped.requests == [.people(["u-1"]), .groups(["Later"])])
    }

    @Test func `a directory in trouble has no group that is not there`() async throws {
        directory.update { $0.failure = SyncError(.source, "throttled") }
        await #expect(throws: SyncError.self) { try await resolver().mapped(EventScope(groups: [Self.group(2)])) }
        #expect(requests.count == 1, "nothing is looked for one by one while the directory is in trouble")
    }

    @Test func `a group that no target maps concerns nobody`() async throws {
        let mapped = try await resolver(open: false).mapped(EventScope(groups: [Self.group(3)]))
        #expect(mapped.requests.isEmpty && mapped.scope.isEmpty)
        #expect(requests.isEmpty)
        #expect(try await resolver().mapped(EventScope(groups: [Self.group(3)])).requests.isEmpty)
    }

    @Test func `a directory that cannot be read is no reason to take a group for unmapped`() async throws {
        directory.update { $0.failure = SyncError(.source, "down") }
        await #expect(throws: SyncError.self) { try await resolver().mapped(EventScope(groups: [Self.group(3)])) }
    }
}
