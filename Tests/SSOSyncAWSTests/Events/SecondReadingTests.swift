// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

struct SecondReadingTests {
    private func id(_ random: inout SplitMix64) -> String {
        AWSStandIn.id(Int.random(in: 0..<1_000_000, using: &random))
    }

    private func scope(_ random: inout SplitMix64, people: Int? = nil) -> EventScope {
        let people = people ?? Int.random(in: 0...20, using: &random)
        return EventScope(
            people: Set((0..<people).map { _ in UserId(id(&random)) }),
            groups: Set((0..<Int.random(in: 0...5, using: &random)).map { _ in GroupId(id(&random)) }),
            isUnbounded: Int.random(in: 0..<10, using: &random) == 0
        )
    }

    @Test(arguments: 0..<50)
    func `what was written is read, and of anybody no ids are needed`(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let scope = scope(&random)
        guard let message = SecondReading(scope) else {
            #expect(scope.isEmpty)
            return
        }
        #expect(message.scope == (scope.isUnbounded ? .unbounded : scope))
        #expect(SecondReading(text: message.text) == message)
    }

    @Test func `more people than fit into a message are anybody`() throws {
        var random = SplitMix64(seed: 1)
        let most = (0..<SecondReading.idLimit).map { UserId(AWSStandIn.id($0)) }
        let full = try #require(SecondReading(EventScope(people: Set(most))))
        #expect(full.scope.people.count == SecondReading.idLimit)
        #expect(full.text.utf8.count < 256 << 10)
        let more = EventScope(people: Set(most), groups: [GroupId(id(&random))])
        #expect(SecondReading(more)?.scope == .unbounded)
    }

    @Test(arguments: 0..<300)
    func `a byte that is changed makes another message or none, and never another way to write one`(
        seed: Int
    ) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let message = try #require(SecondReading(EventScope(people: [UserId(id(&random)), UserId(id(&random))])))
        var bytes = Array(message.text.utf8)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        case 1:
            bytes.insert(
                UInt8.random(in: 0x20..<0x7F, using: &random),
                at: Int.random(in: bytes.indices, using: &random)
            )
        default: bytes.remove(at: Int.random(in: bytes.indices, using: &random))
        }
        guard let text = String(validating: bytes, as: UTF8.self), let read = SecondReading(text: text) else { return }
        #expect(read.text == text)
    }

    @Test func `what is forged is no second reading`() throws {
        let id = AWSStandIn.id(1)
        let texts = [
            "", "{}", "null",
            #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":["ann"]},"v":1}}"#,
            #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":["\#(id.uppercased())a"]},"v":1}}"#,
            #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":["1234567890-\#(id)"]},"v":1}}"#,
            #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":["\#(id)","\#(id)"]},"v":1}}"#,
            #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":["\#(id)"]},"v":2}}"#,
            #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":["\#(id)"],"roles":["dba"]},"v":1}}"#,
            #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":["\#(id)"]},"run":"full","v":1}}"#,
            #"{"sso-sync":{"again":{"anybody":true,"groups":[],"people":["\#(id)"]},"v":1}}"#,
            #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":[]},"v":1}}"#,
            #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":["\#(id)"]},"v":1}} "#,
        ]
        for text in texts { #expect(SecondReading(text: text) == nil, "\(text)") }
        let good = #"{"sso-sync":{"again":{"anybody":false,"groups":[],"people":["\#(id)"]},"v":1}}"#
        #expect(SecondReading(text: good)?.scope == EventScope(people: [UserId(id)]))
    }
}
