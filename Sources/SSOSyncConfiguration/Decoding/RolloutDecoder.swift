// SPDX-License-Identifier: Apache-2.0

/// Reads how far runs may go; what is the matter goes to the elements' log.
enum RolloutDecoder {
    static func rollout(_ element: Element) -> RolloutConfiguration? {
        guard let fields = element.fields(["ring", "freeze"]) else { return nil }
        let reached = fields["ring"].map(ring)
        let freeze = fields["freeze"].map { $0.choice(RolloutConfiguration.Freeze.self) }
        guard reached != .some(nil), freeze != .some(nil) else { return nil }
        return RolloutConfiguration(ring: reached ?? nil, freeze: freeze ?? nil)
    }

    /// The number of a ring; nobody has as many targets as there may be rings.
    static func ring(_ element: Element) -> Int? { element.wholeNumber(0...1_000_000, unit: "a ring's number") }
}
