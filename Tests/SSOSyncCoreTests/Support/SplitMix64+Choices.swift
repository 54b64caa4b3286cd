// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport

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
