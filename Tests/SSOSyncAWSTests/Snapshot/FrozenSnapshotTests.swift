// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

/// Readings by which nobody is to be let in.
@Suite("Snapshots and excerpts of which joins are frozen")
struct FrozenSnapshotTests {
    private let world: SnapshotWorld

    init() throws { world = try SnapshotWorld() }

    private func excerpt(_ directory: Directory) async throws -> SignedSnapshot {
        try await ExcerptSigner(world.signer, accountName: .userName).excerpt(of: directory)
    }

    /// A reading of one person.
    private var reading: Directory {
        Directory(
            id: "d-1234567890",
            asOf: world.now,
            scope: .people(["u-1"]),
            people: [Person(id: "u-1", accountName: "ada")],
            groups: [DirectoryGroup(id: "g-1", name: "Analysts", members: ["u-1"])]
        )
    }

    private func text(_ signed: SignedSnapshot) -> String { String(decoding: signed.payload, as: UTF8.self) }

    private func refusal(_ payload: String) throws -> SnapshotRefusal? {
        do throws(SnapshotRefusal) {
            _ = try world.source(MemoryStore()).excerpt(try SignedSnapshot(try signed(payload)))
            return nil
        } catch {
            return error
        }
    }

    private func signed(_ payload: String) throws(SnapshotRefusal) -> [UInt8] {
        (try? world.signed(Array(payload.utf8))) ?? []
    }

    @Test func `a snapshot and an excerpt that are frozen come back as such, and others as they always were`()
        async throws
    {
        let store = MemoryStore()
        for directory in [world.directory(), world.directory().admittingNobody] {
            _ = try await SnapshotWriter(to: store, signer: world.signer).write(directory, accountName: .userName)
            let found = try await world.source(store).directory(SnapshotWorld.request)
            #expect(found.admitsNobody == directory.admitsNobody)
            #expect(found.groups == directory.groups)
        }
        let request = DirectoryRequest(groups: [.init(name: "Analysts")], scope: .people(["u-1"]))
        for directory in [reading, reading.admittingNobody] {
            let excerpt = try world.source(MemoryStore()).excerpt(try await excerpt(directory))
            #expect(try excerpt.directory(for: request) == directory)
        }
    }

    @Test func `whoever knows the layout 1 alone reads what is not frozen and refuses what is`() async throws {
        let (free, frozen) = (text(try await excerpt(reading)), text(try await excerpt(reading.admittingNobody)))
        #expect(free.hasSuffix(#""scope":["u-1"],"sequence":1795348800,"version":1}"#) && !free.contains("freeze"))
        #expect(frozen.contains(#""directory":"d-1234567890","freeze":"joins","groups""#))
        #expect(frozen.hasSuffix(#""version":2}"#))
    }

    @Test func `what says one thing of a freeze in words and another by its layout is malformed`() async throws {
        let (free, frozen) = (text(try await excerpt(reading)), text(try await excerpt(reading.admittingNobody)))
        let wrong = [
            free.replacing(#""version":1}"#, with: #""version":2}"#),
            frozen.replacing(#""version":2}"#, with: #""version":1}"#),
            frozen.replacing(#""freeze":"joins","#, with: ""),
            frozen.replacing(#""freeze":"joins""#, with: #""freeze":"everything""#),
            frozen.replacing(#""freeze":"joins""#, with: #""freeze":null"#),
        ]
        for payload in wrong { #expect(try refusal(payload)?.code == .malformed, "\(payload)") }
        #expect(try refusal(free) == nil && refusal(frozen) == nil)
    }

    @Test func `a layout of a later version is told from what is damaged, once the signature is right`() async throws {
        let later = text(try await excerpt(reading.admittingNobody)).replacing(#""version":2}"#, with: #""version":3}"#)
        #expect(try refusal(later)?.code == .otherVersion)
        let unsigned = String(decoding: try await excerpt(reading.admittingNobody).bytes, as: UTF8.self)
            .replacing(#""version":2}"#, with: #""version":3}"#)
        let signed = try SignedSnapshot(Array(unsigned.utf8))
        let error = #expect(throws: SnapshotRefusal.self) { try world.source(MemoryStore()).excerpt(signed) }
        #expect(error?.code == .altered)
    }

    @Test func `nobody can take the freeze out of what is signed`() async throws {
        let text = String(decoding: try await excerpt(reading.admittingNobody).bytes, as: UTF8.self)
        let thawed = text.replacing(#""freeze":"joins","#, with: "").replacing(#""version":2}"#, with: #""version":1}"#)
        let signed = try SignedSnapshot(Array(thawed.utf8))
        let error = #expect(throws: SnapshotRefusal.self) { try world.source(MemoryStore()).excerpt(signed) }
        #expect(error?.code == .altered)
    }
}
