// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@testable import SSOSyncConfiguration
@testable import SSOSyncFunction

struct MissingGroupsTests {
    private let groups = (0..<300).map { DirectoryRequest.Group(name: GroupName("g\($0)")) }
    private let directory = InMemoryDirectory(
        id: "d-1234567890",
        now: .now,
        groups: (0..<300).map { DirectoryGroup(id: GroupId("id-\($0)"), name: GroupName("g\($0)"), members: []) }
    )

    private func spoke(_ groups: [DirectoryRequest.Group]) -> HubConfiguration.Spoke {
        HubConfiguration.Spoke(name: "shop", queueURL: "", region: "eu-west-1", targets: ["orders"], groups: groups)
    }

    @Test func `of 300 groups of which two are gone, the others are read in two readings`() async throws {
        directory.update { world in
            for id in ["id-7", "id-8"] as [GroupId] { world.remove(group: id) }
        }
        let (found, missing) = try await MissingGroups.leavingOut(groups, .everyone, from: directory)
        #expect(found?.groups.count == 298)
        #expect(Set(missing.keys) == [groups[7], groups[8]])
        #expect(directory.world.requests.map(\.groups.count) == [300, 298])
    }

    @Test func `if none is there, nothing is read a second time`() async throws {
        directory.update { world in for number in 0..<300 { world.remove(group: GroupId("id-\(number)")) } }
        let (found, missing) = try await MissingGroups.leavingOut(groups, .everyone, from: directory)
        #expect(found == nil && missing.count == 300)
        #expect(directory.world.requests.count == 1)
    }

    @Test func `a group that one spoke pins to another id is there for those that do not pin it`() async throws {
        let wrong = DirectoryRequest.Group(name: "g7", pinnedId: "id-77")
        let right = DirectoryRequest.Group(name: "g7", pinnedId: "id-7")
        for others in [[groups[7]], [right], [groups[7], groups[8], right]] {
            let reading = try await HubReading.read([wrong] + others, .everyone, from: directory, freeze: nil)
            #expect(reading.obstacle(for: spoke([wrong, groups[8]]))?.contains("pinned") == true)
            for other in others { #expect(reading.obstacle(for: spoke([other])) == nil) }
            #expect(reading.directory.groups["g7"]?.id == "id-7")
        }
    }
}
