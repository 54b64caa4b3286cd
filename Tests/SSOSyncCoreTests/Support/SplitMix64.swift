// SPDX-License-Identifier: Apache-2.0

/// Random numbers that are the same in every run (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SplitMix64 {
    /// True in so many of a hundred cases.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// One of the choices.
    mutating func pick<Choices: Collection>(_ choices: Choices) -> Choices.Element {
        let distance = Int.random(in: 0..<choices.count, using: &self)
        return choices[choices.index(choices.startIndex, offsetBy: distance)]
    }

    /// Some of the choices, each with this chance.
    mutating func some<Choices: Collection>(_ choices: Choices, percent: Int = 50) -> [Choices.Element] {
        choices.filter { _ in chance(percent) }
    }
}
