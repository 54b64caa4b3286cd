// SPDX-License-Identifier: Apache-2.0

/// Random numbers that are the same in every run (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Random bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }

    /// Random text of visible ASCII characters and some that need more than one byte.
    mutating func text(_ count: Int) -> String {
        let alphabet = Array("abcXYZ019-._~ !\"#$%&'()*+,/:;<=>?@[]^`{|}äß€😀")
        return String((0..<count).map { _ in alphabet.randomElement(using: &self) ?? "?" })
    }
}
