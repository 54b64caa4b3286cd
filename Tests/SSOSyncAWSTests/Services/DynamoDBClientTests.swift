// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncTestSupport
import Testing

@Suite("Calls to DynamoDB, signed for real")
struct DynamoDBClientTests {
    private static let item: [String: DynamoDBValue] = [
        "id": .string("person 1"), "number": .number("-1.5E+20"), "yes": .boolean(true), "nothing": .null,
        "map": .map(["inner": .list([.string("a"), .number("2"), .map([:])])]), "set": .stringSet(["a", "ü"]),
        "numbers": .numberSet(["1", "2"]), "bytes": .binary([0, 255]), "pieces": .binarySet([[1], [2, 3]]),
    ]

    @Test func `every kind of value comes as it was written`() async throws {
        let world = try await AWSStandIn.world()
        let table = try await world.makeTable(items: [Self.item])
        var items: [[String: DynamoDBValue]] = []
        for try await page in DynamoDBClient(try world.client(.dynamoDB)).scan(table, isConsistent: true) {
            items += page.items
        }
        #expect(items == [Self.item])
        #expect(items.first?["id"]?.string == "person 1")
        #expect(items.first?["number"]?.string == nil)
        #expect(try await world.calls().allSatisfy { $0.verified })
    }

    @Test func `a table comes page by page, each item once`() async throws {
        let world = try await AWSStandIn.world()
        let names = (0..<25).map { "person \($0) \"ü\"/" }
        let table = try await world.makeTable(items: names.map { ["id": .string($0)] })
        var found: [String] = []
        var pages = 0
        for try await page in DynamoDBClient(try world.client(.dynamoDB)).scan(table, pageSize: 10) {
            pages += 1
            found += page.items.compactMap { $0["id"]?.string }
        }
        #expect(pages == 3)
        #expect(found.sorted() == names.sorted())
    }

    @Test func `the key at the end of a page is what the next one begins after, and an empty key ends the list`() throws
    {
        func page(_ text: String) throws -> DynamoDBPage {
            try JSONDecoder().decode(DynamoDBPage.self, from: Data(text.utf8))
        }
        #expect(try page(#"{"Items":[],"LastEvaluatedKey":{}}"#).nextToken == nil)
        #expect(try page(#"{"Items":[]}"#).nextToken == nil)
        let token = try page(#"{"Items":[],"LastEvaluatedKey":{"b":{"N":"1"},"a":{"S":"x/y"}}}"#).nextToken
        #expect(token == #"{"a":{"S":"x/y"},"b":{"N":"1"}}"#)
    }

    @Test(arguments: [
        #"{"Items":null}"#, "{}", #"{"Items":[{"a":{}}]}"#, #"{"Items":[{"a":{"S":1}}]}"#,
        #"{"Items":[{"a":{"X":"1"}}]}"#,
        #"{"Items":[{"a":{"S":"1","N":"1"}}]}"#,
    ])
    func `an answer that is not a page is none`(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(DynamoDBPage.self, from: Data(text.utf8))
        }
    }

    @Test func `a table that is not there, and a denial, are told with what to do`() async throws {
        var world = try await AWSStandIn.world()
        let client = DynamoDBClient(try world.client(.dynamoDB))
        func failure() async throws -> String {
            try await serviceFailure { for try await _ in client.scan("nothing") {} }
        }
        let missing = try await failure()
        #expect(missing.hasPrefix("there is no DynamoDB table nothing in eu-west-1: "), "\(missing)")
        try await world.setFaults([.error("AccessDeniedException", times: 0)])
        let denied = try await failure()
        let expected = "dynamodb:Scan is denied: allow it on arn:aws:dynamodb:eu-west-1:*:table/nothing to the caller"
        #expect(denied.hasPrefix(expected), "\(denied)")
    }
}
