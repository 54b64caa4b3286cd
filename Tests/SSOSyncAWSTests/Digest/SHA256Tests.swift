// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncDigest
import SSOSyncTestSupport
import Testing

@Suite("SHA-256")
struct SHA256Tests {
    // https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                + "mnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func `digests the published examples`(message: String, expected: String) {
        #expect(SHA256.digest(message.utf8).hexadecimal == expected)
    }

    @Test func `digests a million letters, at once and in pieces`() {
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(SHA256.digest([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)).hexadecimal == expected)

        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000)
        var hasher = SHA256Hasher()
        for _ in 0..<1_000 { hasher.update(piece) }
        #expect(hasher.finalize().hexadecimal == expected)
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `pieces yield the digest of the whole`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let message = random.bytes(Int.random(in: 0...2_000, using: &random))
        var rest = message[...]
        var hasher = SHA256Hasher()
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 0...200, using: &random))
            hasher.update(piece)
            rest = rest.dropFirst(piece.count)
        }
        #expect(hasher.finalize() == SHA256.digest(message))
    }

    @Test func `a hasher that was fed nothing yields the digest of nothing`() {
        #expect(SHA256Hasher().finalize() == SHA256.digest([]))
    }

    @Test func `a hasher that is dropped unfinished leaks and crashes nothing`() {
        for _ in 0..<1_000 {
            var hasher = SHA256Hasher()
            hasher.update("abandoned".utf8)
        }
    }

    @Test func `a hasher can be fed from within a closure`() {
        var hasher = SHA256Hasher()
        ["a", "b", "c"].forEach { hasher.update($0.utf8) }
        #expect(hasher.finalize() == SHA256.digest("abc".utf8))
    }

    @Test func `every kind of byte collection yields the same digest`() {
        let text = "déjà vu"
        let expected = SHA256.digest(Array(text.utf8))
        #expect(SHA256.digest(text.utf8) == expected)
        #expect(SHA256.digest(text.dropFirst(0).utf8) == expected)
        #expect(SHA256.digest(Data(text.utf8)) == expected)
        #expect(SHA256.digest(Array("x\(text)".utf8).dropFirst()) == expected)
        #expect(SHA256.digest(text.utf8.lazy.map { $0 }) == expected)
    }

    @Test func `digits are appended to what is there`() {
        var text = Array("before ".utf8)
        SHA256.appendHexadecimalDigest(of: [1, 2, 3], to: &text)
        #expect(String(decoding: text, as: UTF8.self) == "before \(SHA256.digest([1, 2, 3]).hexadecimal)")
    }

    @Test func `many tasks digest at the same time`() async {
        let expected = SHA256.digest("shared".utf8)
        let digests = await withTaskGroup { group in
            for _ in 0..<64 { group.addTask { SHA256.digest("shared".utf8) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(digests == Array(repeating: expected, count: 64))
    }

    @Test(
        arguments: [
            ([], ""), ([0x00], "00"), ([0x0F, 0xF0], "0ff0"), ([0xDE, 0xAD, 0xBE, 0xEF, 0x09, 0x9A], "deadbeef099a"),
        ] as [([UInt8], String)]
    )
    func `renders hexadecimal`(bytes: [UInt8], expected: String) {
        #expect(bytes.hexadecimal == expected)
    }
}
