// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncFunction

@Suite("Readings of which joins are frozen, in a spoke")
struct FrozenReadingsTests {
    private func reading(_ seconds: Int64, isFrozen: Bool = false) -> Directory {
        let directory = Directory(
            id: "d-1234567890",
            asOf: Timestamp(secondsSince1970: 1_795_348_800 + seconds),
            scope: .people(["u-1"]),
            people: [Person(id: "u-1", accountName: "ada")],
            groups: [DirectoryGroup(id: "g-1", name: "Readers", members: ["u-1"])]
        )
        return isFrozen ? directory.admittingNobody : directory
    }

    @Test func `a reading that is older than a frozen one lets nobody in, and a later one does`() {
        let frozen = FrozenReadings()
        #expect(!frozen.applied(to: reading(0)).admitsNobody)
        #expect(frozen.applied(to: reading(60, isFrozen: true)).admitsNobody)
        for seconds in [0, 59, 60] as [Int64] { #expect(frozen.applied(to: reading(seconds)).admitsNobody) }
        #expect(frozen.applied(to: reading(61)) == reading(61))
        // A frozen one that comes late takes nothing back.
        #expect(frozen.applied(to: reading(30, isFrozen: true)).admitsNobody)
        #expect(frozen.applied(to: reading(60)).admitsNobody && !frozen.applied(to: reading(61)).admitsNobody)
    }

    @Test func `the parts of a frozen reading that spokes are sent are frozen`() async throws {
        let key = try SigningKey()
        let signer = ExcerptSigner(try #require(PEMSnapshotSigner(pem: key.privateKey)), accountName: .userName)
        let messages = ExcerptMessages(signer: signer, run: "0123456789abcdef")
        for isFrozen in [false, true] {
            let texts = try await messages.texts(of: reading(0, isFrozen: isFrozen), for: ["Readers"])
            #expect(texts.count == 1)
            #expect(texts.allSatisfy { $0.contains(#""freeze":"joins""#) == isFrozen })
        }
    }
}
