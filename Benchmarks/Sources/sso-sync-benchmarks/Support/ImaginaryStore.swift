// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS

/// An identity store in which everybody and every page is made up when somebody asks, so that it takes no memory itself.
struct ImaginaryStore: HTTPTransport {
    static let group = "team"
    private static let pageSize = 100
    private static let groupId = id(999_999_999)

    /// How many people there are.
    let people: Int
    /// How many of them are in the group, spread so that the last one is among the last.
    let members: Int

    private struct Input: Decodable {
        let NextToken: String?
        let UserId: String?
    }

    private struct Refusal: Error {}

    func send(_ request: HTTPRequest, deadline: ContinuousClock.Instant?) async throws -> HTTPResponse {
        let input = try JSONDecoder().decode(Input.self, from: Data(request.body))
        let page = input.NextToken.flatMap { Int($0) } ?? 0
        let answer: String
        switch request.headers["X-Amz-Target"] {
        case "AWSIdentityStore.GetGroupId": answer = #"{"GroupId":"\#(Self.groupId)","IdentityStoreId":"d-1234567890"}"#
        case "AWSIdentityStore.ListGroupMemberships":
            answer = Self.page(page, of: members, "GroupMemberships") { membership($0) }
        case "AWSIdentityStore.ListUsers": answer = Self.page(page, of: people, "Users") { Self.user($0) }
        case "AWSIdentityStore.DescribeUser":
            guard let text = input.UserId?.prefix(8), let number = Int(text, radix: 16) else { throw Refusal() }
            answer = Self.user(number)
        default: throw Refusal()
        }
        return HTTPResponse(status: 200, body: Array(answer.utf8))
    }

    private static func page(_ number: Int, of count: Int, _ name: String, _ item: (Int) -> String) -> String {
        let start = number * pageSize
        let items = (start..<min(start + pageSize, count)).map(item).joined(separator: ",")
        let token = start + pageSize < count ? #","NextToken":"\#(number + 1)""# : ""
        return #"{"\#(name)":[\#(items)]\#(token)}"#
    }

    private func membership(_ number: Int) -> String {
        let member = Self.id((number + 1) * people / members - 1)
        return #"{"IdentityStoreId":"d-1234567890","MembershipId":"\#(Self.id(number))","GroupId":"\#(Self.groupId)","#
            + #""MemberId":{"UserId":"\#(member)"}}"#
    }

    private static func user(_ number: Int) -> String {
        #"{"IdentityStoreId":"d-1234567890","UserId":"\#(id(number))","UserName":"person\#(number)","UserStatus":"ENABLED","#
            + #""Name":{"GivenName":"Given","FamilyName":"Family"},"DisplayName":"Given Family \#(number)","#
            + #""Emails":[{"Value":"person\#(number)@example.com","Type":"work","Primary":true}]}"#
    }

    private static func id(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits + "-0000-4000-8000-000000000000"
    }
}
