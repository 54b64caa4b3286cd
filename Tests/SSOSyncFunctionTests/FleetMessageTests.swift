// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncFunction

@Suite("Messages of a hub to its spokes")
struct FleetMessageTests {
    private static let run: HubRunId = "0123456789abcdef"

    private func directory(_ people: Int, groups: [GroupName] = ["Readers"]) -> Directory {
        let ids = (1...max(1, people)).map { UserId(AWSStandIn.id($0)) }
        return Directory(
            id: "d-1234567890",
            asOf: Timestamp(secondsSince1970: 1_795_348_800),
            scope: .people(Set(ids)),
            people: ids.map { Person(id: $0, accountName: AccountName("\($0)@example.com")) },
            groups: groups.enumerated().map {
                DirectoryGroup(id: GroupId(AWSStandIn.id(900 + $0)), name: $1, members: ids)
            }
        )
    }

    private let key: SigningKey

    init() throws { key = try SigningKey() }

    private func signer() throws -> ExcerptSigner {
        ExcerptSigner(try #require(PEMSnapshotSigner(pem: key.privateKey)), accountName: .userName)
    }

    /// Whom a message covers, once its signature is verified.
    private func people(_ text: String) throws -> [UserId] {
        guard case .excerpt(let signed, Self.run)? = FleetMessage(text) else { return [] }
        let excerpt = try signed.verified(by: [try #require(SnapshotKeyPin(pem: key.publicKey))])
        guard case .people(let people) = excerpt.scope else { return [] }
        #expect(Set(excerpt.people.map(\.id)) == people)
        #expect(excerpt.groups.map(\.name) == ["Readers"], "a spoke is not told of groups that it does not map")
        return Array(people)
    }

    private func examples() async throws -> [FleetMessage] {
        let work = FleetMessage.Work(
            asOf: Timestamp(millisecondsSince1970: 1_795_348_800_123),
            run: Self.run,
            scheduled: true,
            targets: ["orders", "stock"]
        )
        var knowing = work
        knowing.known = ["orders", "returns", "stock"]
        return [
            .work(work), .work(knowing), .excerpt(try await signer().excerpt(of: directory(2)), run: Self.run),
        ]
    }

    @Test func `what was written is read`() async throws {
        for message in try await examples() { #expect(FleetMessage(message.text) == message) }
    }

    @Test
    func `work that says what the hub knows has a layout of its own, so that it comes again at a spoke of before`()
        async throws
    {
        let texts = try await examples().map(\.text)
        #expect(texts.map { $0.contains(#""sso-sync":{"v":2,"#) } == [false, true, false])
        let relabelled = texts[0].replacing(#""v":1"#, with: #""v":2"#)
        #expect(FleetMessage(relabelled) == nil && !FleetMessage.isOfLaterVersion(relabelled))
        let laters = texts.map { $0.replacing(/"v":[12]/, with: #""v":3"#) }
        #expect(laters.allSatisfy { FleetMessage($0) == nil && FleetMessage.isOfLaterVersion($0) })
    }

    @Test(arguments: 0..<200)
    func `a byte that is changed makes another message or none, and never another way to write one`(
        seed: Int
    ) async throws {
        var random = SplitMix64(seed: UInt64(seed))
        for message in try await examples() {
            var bytes = Array(message.text.utf8)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            case 1:
                let byte = UInt8.random(in: 0x20..<0x7F, using: &random)
                bytes.insert(byte, at: Int.random(in: bytes.indices, using: &random))
            default: bytes.remove(at: Int.random(in: bytes.indices, using: &random))
            }
            guard let text = String(validating: bytes, as: UTF8.self), let read = FleetMessage(text) else { continue }
            #expect(read.text == text)
        }
    }

    @Test func `texts that are no messages are none`() {
        for text in ["", "{}", #"{"excerpt":"#, #"{"sso-sync":{"v":1,"work":{}}}"#, LambdaEvents.schedulerInput] {
            #expect(FleetMessage(text) == nil)
        }
    }

    @Test func `what is too long for a queue is split, and together it covers everybody once`() async throws {
        let directory = directory(3_000, groups: ["Readers", "Writers"])
        let texts = try await ExcerptMessages(signer: try signer(), run: Self.run)
            .texts(of: directory, for: ["Readers"])
        #expect(texts.count > 1)
        #expect(texts.allSatisfy { $0.utf8.count <= FleetMessage.limit })
        #expect(try texts.flatMap(people).sorted() == directory.people.map(\.id))
    }

    @Test func `of whom no group of a spoke has, a spoke learns the id and nothing else`() async throws {
        let one = directory(1)
        let elsewhere = Directory(
            id: one.id,
            asOf: one.asOf,
            scope: one.scope,
            people: one.people,
            groups: one.groups.values.map { DirectoryGroup(id: $0.id, name: $0.name, members: []) }
        )
        let texts = try await ExcerptMessages(signer: try signer(), run: Self.run).texts(
            of: elsewhere,
            for: ["Readers"]
        )
        #expect(texts.count == 1)
        #expect(texts.allSatisfy { $0.contains(AWSStandIn.id(1)) && !$0.contains("example.com") })
    }
}
