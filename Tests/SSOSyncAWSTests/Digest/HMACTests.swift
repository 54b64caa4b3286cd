// SPDX-License-Identifier: Apache-2.0

import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@Suite("HMAC-SHA-256")
struct HMACTests {
    /// A test case of RFC 4231 (<https://www.rfc-editor.org/rfc/rfc4231#section-4>).
    struct Case: Sendable, CustomTestStringConvertible {
        let number: Int
        let key: [UInt8]
        let message: [UInt8]
        let expected: String

        var testDescription: String { "RFC 4231 case \(number)" }
    }

    static let cases = [
        Case(
            number: 1,
            key: [UInt8](repeating: 0x0B, count: 20),
            message: Array("Hi There".utf8),
            expected: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        Case(
            number: 2,
            key: Array("Jefe".utf8),
            message: Array("what do ya want for nothing?".utf8),
            expected: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        Case(
            number: 3,
            key: [UInt8](repeating: 0xAA, count: 20),
            message: [UInt8](repeating: 0xDD, count: 50),
            expected: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        Case(
            number: 4,
            key: Array(0x01...0x19),
            message: [UInt8](repeating: 0xCD, count: 50),
            expected: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        // Truncated to 128 bits in the RFC.
        Case(
            number: 5,
            key: [UInt8](repeating: 0x0C, count: 20),
            message: Array("Test With Truncation".utf8),
            expected: "a3b6167473100ee06e0c796c2955552b"
        ),
        Case(
            number: 6,
            key: [UInt8](repeating: 0xAA, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            expected: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        Case(
            number: 7,
            key: [UInt8](repeating: 0xAA, count: 131),
            message: Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8
            ),
            expected: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test(arguments: cases)
    func `computes the published examples`(example: Case) {
        let digest = SHA256.hmac(key: example.key, message: example.message).hexadecimal
        // The second time as the first.
        let key = HMACKey(Array(example.key))
        for _ in 1...2 {
            #expect(key.authenticate(Array(example.message)).hexadecimal == digest)
            #expect(key.hexadecimalDigest(Array(example.message)) == digest)
        }
        #expect(digest.hasPrefix(example.expected))
        #expect(digest.utf8.count == 64)
    }

    @Test func `takes an empty key and an empty message`() {
        // A key shorter than a block is padded with zeros, so one zero byte is the same key as none (RFC 2104, 2).
        let expected = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        #expect(SHA256.hmac(key: [], message: []).hexadecimal == expected)
        #expect(SHA256.hmac(key: "".utf8, message: "".utf8).hexadecimal == expected)
        #expect(SHA256.hmac(key: [0], message: []).hexadecimal == expected)
        #expect(SHA256.hmac(key: [], message: [1]) == SHA256.hmac(key: [0], message: [1]))
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `agrees with its definition`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let key = random.bytes(Int.random(in: 0...64, using: &random))
        let message = random.bytes(Int.random(in: 0...300, using: &random))
        let padded = key + [UInt8](repeating: 0, count: 64 - key.count)
        let inner = SHA256.digest(padded.map { $0 ^ 0x36 } + message)
        #expect(SHA256.hmac(key: key, message: message) == SHA256.digest(padded.map { $0 ^ 0x5C } + inner))
    }
}
