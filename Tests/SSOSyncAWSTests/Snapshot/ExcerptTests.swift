// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Excerpts of the directory")
struct ExcerptTests {
    private let world: SnapshotWorld

    init() throws { world = try SnapshotWorld() }

    /// Two people, of whom one is in a group and one is gone.
    private func reading(_ scope: Scope = .people(["u-1", "u-7"]), id: DirectoryId = "d-1234567890") -> Directory {
        Directory(
            id: id,
            asOf: world.now,
            scope: scope,
            people: [Person(id: "u-1", accountName: "ada")],
            groups: [
                DirectoryGroup(id: "g-1", name: "Analysts", members: ["u-1"]),
                DirectoryGroup(id: "g-2", name: "DBA", members: []),
            ]
        )
    }

    private func signed(_ directory: Directory? = nil) async throws -> SignedSnapshot {
        try await ExcerptSigner(world.signer, accountName: .userName).excerpt(of: directory ?? reading())
    }

    private func refusal(
        of signed: SignedSnapshot,
        by source: SnapshotSource
    ) -> SnapshotRefusal.Code? {
        do throws(SnapshotRefusal) {
            _ = try source.excerpt(signed)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(arguments: [SigningKey.Kind.p256, .rsa2048])
    func `whoever is asked about within an excerpt is found, and whoever is not in it is gone`(
        _ kind: SigningKey.Kind
    ) async throws {
        let world = try SnapshotWorld(kind)
        let signed = try await ExcerptSigner(world.signer, accountName: .userName).excerpt(of: reading())
        let excerpt = try world.source(MemoryStore()).excerpt(try SignedSnapshot(signed.bytes))
        let request = DirectoryRequest(groups: SnapshotWorld.request.groups, scope: .people(["u-1", "u-7"]))
        #expect(try excerpt.directory(for: request) == reading())
    }

    @Test func `an excerpt answers for nobody else`() async throws {
        let excerpt = try world.source(MemoryStore()).excerpt(try await signed())
        for scope in [Scope.everyone, .people(["u-1", "u-2"])] {
            let request = DirectoryRequest(groups: SnapshotWorld.request.groups, scope: scope)
            let error = #expect(throws: SyncError.self) { try excerpt.directory(for: request) }
            #expect(error?.code == .source)
        }
    }

    @Test func `an excerpt in the place of a snapshot is no snapshot, since all others would be gone`() async throws {
        let source = world.source(MemoryStore(try await signed().bytes))
        let error = await #expect(throws: SyncError.self) { try await source.directory(SnapshotWorld.request) }
        #expect(error?.message.contains("refused") == true)
    }

    @Test func `a snapshot is no excerpt`() async throws {
        let snapshot = try SignedSnapshot(try await world.document())
        #expect(refusal(of: snapshot, by: world.source(MemoryStore())) == .malformed)
    }

    @Test func `excerpts are held to key, directory, account names and a quarter of an hour`() async throws {
        let signed = try await signed()
        let other = try SnapshotWorld()
        let store = MemoryStore()
        #expect(refusal(of: signed, by: world.source(store, after: 900)) == nil)
        #expect(refusal(of: signed, by: world.source(store, after: 901)) == .tooOld)
        #expect(refusal(of: signed, by: world.source(store, maximumAge: 60, after: 61)) == .tooOld)
        #expect(refusal(of: signed, by: world.source(store, directory: "d-0000000000")) == .otherDirectory)
        #expect(refusal(of: signed, by: world.source(store, accountName: .email)) == .otherAccountName)
        #expect(refusal(of: signed, by: world.source(store, pins: [other.pin])) == .otherKey)
        #expect(refusal(of: signed, by: world.source(store, pins: [other.pin, world.pin])) == nil)
    }

    @Test func `an excerpt that speaks for more people than were signed for is altered`() async throws {
        let text = String(decoding: try await signed().bytes, as: UTF8.self)
        let forged = text.replacing(#""scope":["u-1","u-7"]"#, with: #""scope":["u-1","u-2"]"#)
        #expect(forged != text)
        #expect(refusal(of: try SignedSnapshot(Array(forged.utf8)), by: world.source(MemoryStore())) == .altered)
    }

    @Test func `an excerpt without a scope, and a snapshot with one, are malformed`() async throws {
        let excerpt = String(decoding: try await signed().payload, as: UTF8.self)
        for (key, with) in [(#","scope":["u-1","u-7"]"#, ""), ("sso-sync excerpt", "sso-sync snapshot")] {
            let payload = excerpt.replacing(key, with: with)
            #expect(payload != excerpt)
            let signed = try SignedSnapshot(try world.signed(Array(payload.utf8)))
            #expect(refusal(of: signed, by: world.source(MemoryStore())) == .malformed)
        }
    }

    @Test func `a reading of everyone is not signed as an excerpt`() async {
        await #expect(throws: SyncError.self) { try await signed(world.directory()) }
    }

    /// KMS does not sign with an algorithm that the key is not for
    /// (<https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html#API_Sign_Errors>).
    @Test(arguments: [SigningKey.Kind.p256, .rsa2048])
    func `an alias that leads to another key is noticed, and the new one signs`(_ kind: SigningKey.Kind) async throws {
        let moved = try SnapshotWorld(kind)
        let signer = MovingSigner(signers: [world.signer, moved.signer])
        let excerpts = ExcerptSigner(signer, accountName: .userName)
        #expect(try await excerpts.excerpt(of: reading()).verified(by: [world.pin]).scope == .people(["u-1", "u-7"]))
        signer.move()
        #expect(try await excerpts.excerpt(of: reading()).verified(by: [moved.pin]).scope == .people(["u-1", "u-7"]))
    }
}

/// An alias in KMS, which can be led to another key, of another kind, too.
private final class MovingSigner: SnapshotSigner {
    private let signers: Locked<[PEMSnapshotSigner]>

    init(signers: [PEMSnapshotSigner]) { self.signers = Locked(signers) }

    func move() { signers.withLock { _ = $0.removeFirst() } }

    func publicKey() -> [UInt8] { signers.withLock { $0[0] }.publicKey() }

    func sign(digest: [UInt8], algorithm: String) throws -> [UInt8] {
        let signer = signers.withLock { $0[0] }
        guard PublicKey(der: signer.publicKey())?.algorithm.rawValue == algorithm else {
            let response = AWSError.Response(
                status: 400,
                errorCode: "InvalidKeyUsageException",
                requestId: nil,
                date: nil,
                retryHint: nil
            )
            throw AWSError(.refused, "the key is of another kind", mayHaveBeenSent: true, response: response)
        }
        return signer.sign(digest: digest, algorithm: algorithm)
    }
}
