// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

struct DirectoryEventTests {
    private let decoder = DirectoryEventDecoder(store: SampleEvent.store)

    @Test(arguments: SampleEvent.all)
    func `each documented form comes to what it has to`(sample: SampleEvent) throws {
        switch decoder.verdict(sample.bytes) {
        case .change(let event):
            #expect(event.scope == sample.scope)
            #expect(sample.dropped == nil)
            #expect(event.account == "111122223333")
            #expect(event.region == "eu-west-1")
            #expect(event.time.map { "\($0)".hasPrefix("2026-11-22T07:23:0") } == true)
            #expect(event.id?.hasPrefix("aaaaaaaa-") == true)
        case .dropped(let reason):
            #expect(reason == sample.dropped)
            #expect(sample.scope == nil)
        case .unknown:
            #expect(sample.scope == nil && sample.dropped == nil)
        @unknown default: Issue.record("a verdict that the test does not know")
        }
    }

    @Test func `all four families are among the samples`() {
        let families = SampleEvent.all.compactMap { sample -> DirectoryEvent.Family? in
            if case .change(let event) = decoder.verdict(sample.bytes) { event.family } else { nil }
        }
        #expect(Set(families) == [.console, .publicAPI, .scim, .notification])
    }

    @Test func `without a store of ours the events of all stores count`() {
        let kept = SampleEvent.all.filter { $0.dropped == .foreignStore }.map {
            DirectoryEventDecoder().verdict($0.bytes)
        }
        #expect(kept.count == 2)
        for verdict in kept {
            guard case .change = verdict else {
                Issue.record("\(verdict)")
                continue
            }
        }
    }

    @Test func `of several members one of whom is hidden, the whole group may have changed`() throws {
        let members =
            #"[{"memberId":"906788b0-1111-4222-8333-444455556666"},{"memberId":"HIDDEN_DUE_TO_SECURITY_REASONS"}]"#
        let record = #"""
            {"eventSource":"sso-directory.amazonaws.com","eventName":"AddMemberToGroup","requestParameters":
            {"groupId":"a1b2c3d4-1111-4222-8333-999988887777","memberId":["906788b0-1111-4222-8333-444455556666","HIDDEN"]}}
            """#
        for text in [
            record, record.replacing("\"memberId\":[\"906788b0", with: "\"member\":\(members),\"x\":[\"906788b0"),
        ] {
            guard case .change(let event) = decoder.verdict(Array(text.utf8)) else {
                Issue.record("not known: \(text)")
                continue
            }
            #expect(event.scope == EventScope(groups: ["a1b2c3d4-1111-4222-8333-999988887777"]))
        }
    }

    @Test(arguments: [
        ("UpdateUserName", EventScope(people: ["906788b0-1111-4222-8333-444455556666"])),
        ("UpdateGroupDisplayName", EventScope(groups: ["a1b2c3d4-1111-4222-8333-999988887777"])),
        ("ReplaceGroupMembers", EventScope(groups: ["a1b2c3d4-1111-4222-8333-999988887777"])),
    ])
    func `a change whose name nobody has documented is one of what its name speaks of`(
        name: String,
        scope: EventScope
    ) {
        let text = #"""
            {"eventSource":"sso-directory.amazonaws.com","eventName":"\#(name)","requestParameters":
            {"userId":"906788b0-1111-4222-8333-444455556666","groupId":"a1b2c3d4-1111-4222-8333-999988887777"}}
            """#
        guard case .change(let event) = decoder.verdict(Array(text.utf8)) else {
            Issue.record("\(decoder.verdict(Array(text.utf8)))")
            return
        }
        #expect(event.scope.people.isSuperset(of: scope.people) || event.scope.isUnbounded)
        #expect(event.scope.groups.isSuperset(of: scope.groups) || event.scope.isUnbounded)
    }

    @Test(arguments: ["GroupMembership Created", "Member Removed", "Group Membership Deleted"])
    func `notifications of memberships count, whatever they are called`(name: String) {
        let text = #"""
            {"source":"aws.identitystore","detail-type":"\#(name)","detail":{"groupId":"a1b2c3d4-1111-4222-8333-999988887777"}}
            """#
        guard case .change(let event) = decoder.verdict(Array(text.utf8)) else {
            Issue.record("\(decoder.verdict(Array(text.utf8)))")
            return
        }
        #expect(event.scope == EventScope(groups: ["a1b2c3d4-1111-4222-8333-999988887777"]))
    }

    @Test func `what is unknown is named in a few printable words`() {
        let shapes = [
            #"{"source":"a\u0000\u202eé","detail-type":"\#(String(repeating: "x", count: 500))"}"#, "{}", "[]", "7", "",
            "{", "\u{FF}", String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 10_000),
        ].map { decoder.verdict(Array($0.utf8)) }
        for verdict in shapes {
            guard case .unknown(let shape) = verdict else {
                Issue.record("\(verdict)")
                continue
            }
            #expect((1...130).contains(shape.utf8.count))
            #expect(shape.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        }
    }

    @Test(arguments: 0..<8)
    func `no JSON and no bytes at all make it crash`(seed: Int) throws {
        var random = RandomJSON(generator: SplitMix64(seed: UInt64(seed)))
        for _ in 0..<200 {
            let bytes = try JSONSerialization.data(withJSONObject: [random.value()])
            _ = decoder.verdict(Array(bytes.dropFirst().dropLast()))
            _ = decoder.verdict((0..<64).map { _ in UInt8.random(in: 0...255, using: &random.generator) })
        }
        for sample in SampleEvent.all {
            let cut = Int.random(in: 0..<sample.bytes.count, using: &random.generator)
            _ = decoder.verdict(Array(sample.bytes[..<cut]))
        }
    }

    @Test(arguments: 0..<8)
    func `an event with parts hidden, left out or replaced never covers less than what has changed`(seed: Int) throws {
        var random = RandomJSON(generator: SplitMix64(seed: UInt64(seed)))
        for sample in SampleEvent.all where sample.scope != nil {
            var event = try JSONSerialization.jsonObject(with: Data(sample.bytes))
            for _ in 0..<15 {
                event = random.mutated(event)
                let bytes = Array(try JSONSerialization.data(withJSONObject: event))
                guard case .change(let found) = decoder.verdict(bytes) else {
                    Issue.record(
                        "\(sample.title): \(decoder.verdict(bytes)): \(String(decoding: bytes, as: UTF8.self))"
                    )
                    break
                }
                guard sample.isCovered(by: found.scope) else {
                    Issue.record("\(sample.title): \(found.scope): \(String(decoding: bytes, as: UTF8.self))")
                    break
                }
            }
        }
    }
}
