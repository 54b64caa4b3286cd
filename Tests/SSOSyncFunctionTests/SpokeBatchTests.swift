// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncCore
import SSOSyncLambdaRuntime
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS
@testable import SSOSyncFunction

/// What a spoke makes of messages before it works on any.
struct SpokeBatchTests {
    private let signer: PEMSnapshotSigner
    private let pin: SnapshotKeyPin

    init() throws {
        let key = try SigningKey()
        signer = try #require(PEMSnapshotSigner(pem: key.privateKey))
        pin = try #require(SnapshotKeyPin(pem: key.publicKey))
    }

    /// An excerpt of one person, with a payload that is changed before it is signed.
    private func message(_ change: (String) -> String) async throws -> String {
        let directory = Directory(
            id: "d-1234567890",
            asOf: .now,
            scope: .people(["u-1"]),
            people: [Person(id: "u-1", accountName: "ada")],
            groups: [DirectoryGroup(id: "g-1", name: "Readers", members: ["u-1"])]
        )
        let excerpt = try await ExcerptSigner(signer, accountName: .userName).excerpt(of: directory)
        let payload = Array(change(String(decoding: excerpt.payload, as: UTF8.self)).utf8)
        let signature = signer.sign(digest: SignedSnapshot.digest(of: payload), algorithm: "")
        let key = try #require(pin.key(signer.publicKey()))
        let signed = SignedSnapshot(payload: payload, key: key, signature: signature)
        return FleetMessage.excerpt(signed, run: "0123456789abcdef").text
    }

    private func read(_ texts: [String], targets: Set<TargetName> = ["orders"]) throws -> SpokeBatch {
        let source = SnapshotSource(
            FileSnapshotStore(path: "/nowhere"),
            keys: [pin],
            expectations: SnapshotExpectations(directory: "d-1234567890")
        )
        return SpokeBatch(
            try QueueBatch(Array(try LambdaEvents.batch(texts).utf8)),
            snapshot: source,
            targets: targets,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test func `a genuine excerpt of a later layout comes again, and one that is damaged does not`() async throws {
        let later = try await message { $0.replacing(#""version":1}"#, with: #""version":3}"#) }
        let damaged = try await message { $0.replacing(#""version":1}"#, with: #""version":2}"#) }
        let forged = try await message(\.self).replacing(#""version":1}"#, with: #""version":3}"#)
        let batch = try read([later, damaged, forged, try await message(\.self)])
        #expect(batch.failed == ["m-0"])
        #expect(batch.excerpts.map(\.message) == ["m-3"])
    }

    private func work(_ known: [TargetName]?, secondsAgo: Int64) -> String {
        let asOf = Timestamp.now.advanced(bySeconds: -secondsAgo)
        return FleetMessage.work(
            .init(asOf: asOf, run: "0123456789abcdef", scheduled: true, targets: ["orders"], known: known)
        ).text
    }

    @Test func `work of a later version comes again, and keeps nothing else in the batch from being done`() throws {
        let known = work(["orders"], secondsAgo: 5)
        let later = known.replacing(#""v":2"#, with: #""v":3"#)
        let batch = try read([later, known, "garbage"])
        #expect(batch.failed == ["m-0"] && batch.works.map(\.message) == ["m-1"])
        var metrics = EmbeddedMetrics(deployment: "prod")
        batch.count(in: &metrics)
        let line = try #require(metrics.lines(at: .now).first)
        #expect(line.contains(#""MessagesOfLaterVersion":[1]"#) && line.contains(#""MessagesUnknown":[1]"#), "\(line)")
    }

    @Test func `targets that the hub does not know of are counted, as its latest message has them`() throws {
        func forgotten(_ works: String...) throws -> Int? {
            let batch = try read(works, targets: ["orders", "stock", "returns"])
            #expect(batch.works.count == works.count)
            return batch.forgotten?.count
        }
        #expect(try forgotten(work(["orders"], secondsAgo: 9)) == 2)
        #expect(try forgotten(work(["orders", "stock", "returns"], secondsAgo: 9)) == 0)
        #expect(
            try forgotten(work(["orders", "elsewhere"], secondsAgo: 5), work(["orders", "stock"], secondsAgo: 3)) == 1
        )
        #expect(try forgotten(work(["orders"], secondsAgo: 5), work(["orders"], secondsAgo: 3)) == 2)
        // A hub of before does not say.
        #expect(try forgotten(work(nil, secondsAgo: 3), work(["orders"], secondsAgo: 5)) == 2)
        #expect(try forgotten(work(nil, secondsAgo: 3)) == nil)
        #expect(try forgotten() == nil)
    }
}
