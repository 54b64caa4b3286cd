// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncConfiguration
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@Suite("The table of aws-samples/sso-sync-to-amazon-rds")
struct SampleTableTests {
    private func claims(
        _ items: [[String: DynamoDBValue]],
        includesLeavers: Bool = false
    ) async throws -> Set<MarkingRequest.Claim> {
        let world = try await AWSStandIn.world()
        let name = try await world.makeTable(key: "userID", items: items)
        let aws = AWSAccess(environment: world.environment)
        let table = try SampleTable(named: name, region: world.region, aws: aws)
        return try await table.claims(includesLeavers: includesLeavers) { $0.lowercased() }
    }

    @Test func `ids come in the spelling that the directory has, names as they are`() async throws {
        let claims = try await claims([["userID": .string("U-1"), "username": .string("Ann")]])
        #expect(claims == [MarkingRequest.Claim(user: "u-1", account: "Ann")])
    }

    @Test func `all of the table is claimed, and leavers only if that is wanted`() async throws {
        let items = (0..<300).map { ["userID": DynamoDBValue.string("u-\($0)"), "username": .string("n \($0)")] }
        let claims = try await claims(items, includesLeavers: true)
        #expect(claims.count == 300 && claims.allSatisfy(\.includesLeaver))
    }

    @Test(
        arguments: [
            ["userID": .string("u"), "user": .string("n")], ["userID": .string("u"), "username": .number("1")],
            ["userID": .string("u"), "username": .string("")],
        ] as [[String: DynamoDBValue]]
    )
    func `a table that has something else in it is not the sample's`(item: [String: DynamoDBValue]) async throws {
        let error = await #expect(throws: SyncError.self) {
            try await claims([["userID": .string("v"), "username": .string("m")], item])
        }
        #expect(error?.code == .source && error?.message.contains("is not the sample's") == true)
    }
}
