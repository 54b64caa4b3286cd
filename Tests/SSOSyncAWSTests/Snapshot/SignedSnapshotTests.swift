// SPDX-License-Identifier: Apache-2.0

import Foundation
import SSOSyncCore
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Snapshots: what is written is read, and nothing else")
struct SignedSnapshotTests {
    private func refusal(_ bytes: [UInt8], by pin: SnapshotKeyPin) -> SnapshotRefusal.Code? {
        do throws(SnapshotRefusal) {
            _ = try SignedSnapshot(bytes).verified(by: [pin])
            return nil
        } catch {
            return error.code
        }
    }

    @Test(arguments: [SigningKey.Kind.p256, .rsa2048])
    func `a snapshot comes back as it was, of the groups and their members alone`(kind: SigningKey.Kind) async throws {
        let world = try SnapshotWorld(kind)
        let bytes = try await world.document()
        let snapshot = try SignedSnapshot(bytes).verified(by: [world.pin])
        #expect(snapshot.directory == "d-1234567890")
        #expect(snapshot.asOf == world.now)
        #expect(snapshot.people.map(\.id) == ["u-1", "u-2", "u-3"])
        #expect(snapshot.people.map(\.isEnabled) == [true, false, true])
        #expect(snapshot.people.map(\.accountName) == ["ada", "bob/\"x\"", nil])
        #expect(snapshot.groups == world.directory().groups.values.sorted { $0.name < $1.name })
        #expect(!String(decoding: bytes, as: UTF8.self).contains("in.no.group"))
    }

    @Test(arguments: [SigningKey.Kind.p256, .rsa2048])
    func `a byte that is flipped anywhere is refused`(kind: SigningKey.Kind) async throws {
        let world = try SnapshotWorld(kind)
        let bytes = try await world.document()
        var generator = SplitMix64(seed: 4)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= UInt8.random(in: 1...255, using: &generator)
            #expect(refusal(changed, by: world.pin) != nil, "at \(index)")
        }
    }

    @Test func `bytes that are cut, added, doubled or swapped are refused`() async throws {
        let world = try SnapshotWorld()
        let bytes = try await world.document()
        var generator = SplitMix64(seed: 5)
        for count in 0..<bytes.count { #expect(refusal(Array(bytes[..<count]), by: world.pin) != nil) }
        for space in [" ", "\n", "\u{FEFF}", "}"] {
            #expect(refusal(bytes + space.utf8, by: world.pin) == .malformed)
            #expect(refusal(space.utf8 + bytes, by: world.pin) == .malformed)
        }
        for _ in 0..<1_000 {
            let (first, second) = (
                Int.random(in: bytes.indices, using: &generator), Int.random(in: bytes.indices, using: &generator)
            )
            let range = min(first, second)..<max(first, second)
            var changed = bytes
            changed.replaceSubrange(range, with: Bool.random(using: &generator) ? [] : changed[range] + changed[range])
            guard changed != bytes else { continue }
            #expect(refusal(changed, by: world.pin) != nil, "\(range)")
        }
    }

    /// Signed with the right key, so that the signature is not what refuses them.
    private static let uncanonical: [(String, String)] = [
        (#"{"accountName""#, #"{"sequence":1,"accountName""#), (#""version":1}"#, #""version":1,"version":1}"#),
        (#""version":1}"#, #""version":1,"more":2}"#), (#""enabled":true"#, #""enabled":false,"enabled":true"#),
        (#""sequence":"#, #""sequence": "#), (#""id":"u-1""#, #""id":"\u0075-1""#),
        (#"["u-1","u-2"]"#, #"["u-2","u-1"]"#),
        (#"["u-1","u-2"]"#, #"["u-1","u-1","u-2"]"#), (#""name":"DBA""#, #""name":"Analysts""#), ("bob/", #"bob\/"#),
        (#""asOf":"2026-11-22T12:00:00Z""#, #""asOf":"2026-11-22T12:00:00.000Z""#),
        (#""version":1}"#, #""version":1.0}"#),
        (#""accountName":"userName""#, #""accountName":"name""#), ("sso-sync snapshot", "sso-sync plan"),
        (#""id":"u-3""#, #""id":"u-2""#), (#"{"accountName":"ada","#, #"{"accountName":null,"#),
    ]

    @Test(arguments: uncanonical)
    func `what is signed and written in another way than we write it is refused: keys that stand twice, order, spaces`(
        old: String,
        new: String
    ) async throws {
        let world = try SnapshotWorld()
        let payload = try SignedSnapshot(try await world.document()).payload
        #expect(refusal(try world.signed(payload), by: world.pin) == nil)
        let text = String(decoding: payload, as: UTF8.self)
        try #require(text.contains(old), "\(text)")
        let changed = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
        #expect(refusal(try world.signed(changed), by: world.pin) == .malformed)
    }

    @Test func `Base64 has several texts for the same bytes, of which one is taken`() async throws {
        let world = try SnapshotWorld()
        let text = String(decoding: try await world.document(), as: UTF8.self)
        // A key of P-256 has 91 bytes, so that the last digit has four bits to spare.
        let end = try #require(text.firstRange(of: "==\",\"value\""))
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let place = text.index(before: end.lowerBound)
        let next = digits[try #require(digits.firstIndex(of: text[place])) + 1]
        let changed = text.replacingCharacters(in: place...place, with: String(next))
        #expect(refusal(Array(changed.utf8), by: world.pin) == .malformed)
    }

    @Test func `people who are in no group are not signed in`() async throws {
        let world = try SnapshotWorld()
        let payload = String(decoding: try SignedSnapshot(try await world.document()).payload, as: UTF8.self)
        let more = payload.replacing(#""id":"u-3"}"#, with: #""id":"u-3"},{"enabled":true,"id":"u-4"}"#)
        try #require(more != payload)
        #expect(refusal(try world.signed(Array(more.utf8)), by: world.pin) == .malformed)
    }

    @Test func `another layout is told with its number`() async throws {
        let world = try SnapshotWorld()
        let text = String(decoding: try SignedSnapshot(try await world.document()).payload, as: UTF8.self)
        let later = #"{"payload":\#(text.replacing(#""version":1}"#, with: #""version":3}"#)),"more":1}"#
        let error = #expect(throws: SnapshotRefusal.self) { try SignedSnapshot(Array(later.utf8)) }
        #expect(error?.code == .otherVersion)
        #expect(error?.description.contains("layout 3, and this program reads those up to 2") == true)
    }

    @Test func `another key, another algorithm and a signature of something else are refused`() async throws {
        let (world, other) = (try SnapshotWorld(), try SnapshotWorld())
        let bytes = try await world.document()
        #expect(refusal(bytes, by: other.pin) == .otherKey)
        let text = String(decoding: bytes, as: UTF8.self)
        let renamed = text.replacing("ECDSA_SHA_256", with: "RSASSA_PSS_SHA_256")
        #expect(refusal(Array(renamed.utf8), by: world.pin) == .altered)
        // A key may sign other things; without the line before it, the payload's signature is none.
        let signed = try SignedSnapshot(bytes)
        let digest = SHA256.digest(signed.payload)
        let key = try #require(world.pin.key(world.signer.publicKey()))
        let bare = SignedSnapshot(
            payload: signed.payload,
            key: key,
            signature: world.signer.sign(digest: digest, algorithm: "")
        )
        #expect(refusal(bare.bytes, by: world.pin) == .altered)
    }

    @Test func `any texts come back as they were`() async throws {
        let world = try SnapshotWorld()
        var generator = SplitMix64(seed: 6)
        let alphabet = Array("aZ0\"\\/,:{}[]\u{0}\u{1}\n\r\t\u{7F}\u{85}\u{2028}\u{FEFF}é\u{301}😀\u{10FFFF}").map(
            String.init
        )
        func text() -> String {
            "x"
                + (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                    alphabet.randomElement(using: &generator) ?? ""
                }
                .joined()
        }
        for _ in 0..<100 {
            let people = (0..<3).map { _ in
                Person(id: UserId(text()), accountName: AccountName(text()), isEnabled: .random(using: &generator))
            }
            let groups = (0..<2).map { _ in
                DirectoryGroup(
                    id: GroupId(text()),
                    name: GroupName(text()),
                    members: people.map(\.id) + [UserId(text())]
                )
            }
            let directory = Directory(
                id: DirectoryId(text()),
                asOf: world.now,
                scope: .everyone,
                people: people,
                groups: groups
            )
            let snapshot = try SignedSnapshot(try await world.document(directory)).verified(by: [world.pin])
            let request = DirectoryRequest(groups: directory.groups.keys.map { .init(name: $0) }, scope: .everyone)
            #expect(try snapshot.directory(for: request) == directory)
        }
    }

    @Test func `a pin is a key in PEM, or its SHA-256`() throws {
        let world = try SnapshotWorld()
        #expect(SnapshotKeyPin(fingerprint: world.pin.fingerprint.uppercased()) == world.pin)
        #expect(SnapshotKeyPin(fingerprint: String(world.pin.fingerprint.dropLast())) == nil)
        #expect(SnapshotKeyPin(fingerprint: String(world.pin.fingerprint.dropLast()) + "g") == nil)
        #expect(SnapshotKeyPin(pem: Array("nothing".utf8)) == nil)
    }
}
