// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

/// A store that makes its pages up when it is asked for them, so that the other side takes no memory either.
private struct EndlessStore: HTTPTransport {
    let size: Int
    let members: Int
    /// How much memory the process had, in pages of the system, when each page of users was asked for.
    let used = Locked<[Int]>([])

    func send(_ request: HTTPRequest, deadline: ContinuousClock.Instant?) async throws -> HTTPResponse {
        struct Input: Decodable { let NextToken: String? }
        let operation = request.headers["X-Amz-Target"]?.split(separator: ".").last ?? ""
        let token = try JSONDecoder().decode(Input.self, from: Data(request.body)).NextToken
        let start = token.flatMap { Int($0) } ?? 0
        let body =
            switch operation {
            case "GetGroupId": #"{"GroupId":"g","IdentityStoreId":"d-1234567890"}"#
            case "ListGroupMemberships": page("GroupMemberships", start, members) { membership($0) }
            default: page("Users", start, size) { user($0) }
            }
        if operation == "ListUsers" { used.withLock { $0.append(Self.residentPages) } }
        return HTTPResponse(status: 200, body: Array(body.utf8))
    }

    private static var residentPages: Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return fields.count > 1 ? Int(fields[1]) ?? 0 : 0
    }

    private func page(_ list: String, _ start: Int, _ end: Int, _ entry: (Int) -> String) -> String {
        let next = start + 100
        let entries = (start..<min(next, end)).map(entry).joined(separator: ",")
        return #"{"\#(list)":[\#(entries)]\#(next < end ? #","NextToken":"\#(next)""# : "")}"#
    }

    private func membership(_ number: Int) -> String {
        #"{"GroupId":"g","MembershipId":"m","MemberId":{"UserId":"\#(AWSStandIn.id(size - 1 - number))"}}"#
    }

    private func user(_ number: Int) -> String {
        let id = AWSStandIn.id(number)
        let filling = String(repeating: "x", count: 400)
        return #"{"UserId":"\#(id)","UserName":"person\#(number)","UserStatus":"ENABLED","DisplayName":"\#(filling)"}"#
    }
}

@Suite("Memory that a directory takes")
struct IdentityCenterMemoryTests {
    @Test func `pages of a store of 100,000 people are not kept`() async throws {
        // Only the last users are members, so that every page is needed, and the first 880 leave nothing.
        let store = EndlessStore(size: 100_000, members: 12_000)
        let directory = try await source(AWSStandIn.world(), transport: store).directory(request(["g"]))
        #expect(directory.people.count == 12_000)
        let used = store.used.withLock { $0 }
        #expect(used.count == 1_000)
        // The bodies of these pages have 43 MB together. Tests that run beside this one take some memory, too.
        let first = try #require(used[..<100].min())
        let last = try #require(used[780..<880].min())
        #expect((last - first) * 4_096 < 20 << 20, "78,000 people took \(last - first) pages of memory")
    }
}
