// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@Suite("Calls to KMS, signed for real")
struct KMSClientTests {
    private let message = Array("a message".utf8)

    @Test(arguments: [("ECC_NIST_P256", "ECDSA_SHA_256"), ("RSA_2048", "RSASSA_PSS_SHA_256")])
    func `a message and its digest are signed, and the public key verifies both`(
        spec: String,
        algorithm: String
    ) async throws {
        let world = try await AWSStandIn.world()
        let (kms, key) = (KMSClient(try world.client(.kms)), try await world.makeKey(spec))
        let found = try await kms.publicKey(of: key)
        #expect(found.arn == key)
        #expect(found.spec == spec)
        #expect(found.usage == "SIGN_VERIFY")
        #expect(found.signingAlgorithms.contains(algorithm))
        let publicKey = try #require(PublicKey(der: found.bytes))
        #expect(publicKey.algorithm.rawValue == algorithm)
        let digest = SHA256.digest(message)
        let signatures = try await [
            kms.sign(message, .raw, algorithm: algorithm, key: key),
            kms.sign(digest, .digest, algorithm: algorithm, key: key),
        ]
        for signature in signatures { #expect(publicKey.isValid(signature, digest: digest)) }
        #expect(try await world.calls().allSatisfy { $0.verified })
    }

    @Test func `a key is found by its id, its ARN and its alias`() async throws {
        struct Input: Encodable {
            let AliasName: String
            let TargetKeyId: String
        }
        let world = try await AWSStandIn.world()
        let (kms, key) = (KMSClient(try world.client(.kms)), try await world.makeKey())
        let alias = "alias/snapshot-\(world.store.dropFirst(2))"
        let input = Input(AliasName: alias, TargetKeyId: key)
        let call = AWSCall(
            "CreateAlias",
            headers: HTTPHeaders([
                .init("Content-Type", "application/x-amz-json-1.1"), .init("X-Amz-Target", "TrentService.CreateAlias"),
            ]),
            body: Array(#"{"AliasName":"\#(input.AliasName)","TargetKeyId":"\#(input.TargetKeyId)"}"#.utf8)
        )
        _ = try await world.client(.kms).send(call)
        let id = key.split(separator: "/").last ?? ""
        for name in [key, String(id), alias] { #expect(try await kms.publicKey(of: name).arn == key) }
    }

    @Test func `a key that is not there, is disabled, or does not sign is told with what to do`() async throws {
        var world = try await AWSStandIn.world()
        let kms = KMSClient(try world.client(.kms))
        let none = try await serviceFailure { try await kms.publicKey(of: "alias/nothing-of-this-name") }
        #expect(none.hasPrefix("there is no KMS key alias/nothing-of-this-name in eu-west-1: "), "\(none)")
        let symmetric = try await world.makeKey("SYMMETRIC_DEFAULT", usage: "ENCRYPT_DECRYPT")
        let wrong = try await serviceFailure { try await kms.publicKey(of: symmetric) }
        #expect(wrong.hasPrefix("KMS key \(symmetric) does not sign: "), "\(wrong)")
        try await world.setFaults([
            .error("DisabledException"), .error("KMSInvalidStateException"), .error("AccessDeniedException"),
        ])
        let answers = try await [
            serviceFailure { try await kms.sign([1], .raw, algorithm: "ECDSA_SHA_256", key: symmetric) },
            serviceFailure { try await kms.sign([1], .raw, algorithm: "ECDSA_SHA_256", key: symmetric) },
            serviceFailure { try await kms.sign([1], .raw, algorithm: "ECDSA_SHA_256", key: symmetric) },
        ]
        #expect(answers[0].hasPrefix("KMS key \(symmetric) is disabled: enable it"), "\(answers)")
        #expect(answers[1].hasPrefix("KMS key \(symmetric) cannot be used in the state"), "\(answers)")
        #expect(answers[2].hasPrefix("kms:Sign is denied: allow it on KMS key \(symmetric) in eu-west-1"), "\(answers)")
    }
}
