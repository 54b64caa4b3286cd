// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

extension Policy.Hold {
    /// What a run is kept from, in a sentence.
    public var sentence: String {
        switch self {
        case .ring(let number, let reached):
            "Only planned: the target is in ring \(number), and the rollout has reached ring \(reached)."
        case .joinsFrozen: "Joins are frozen: nobody is let in and nothing is granted. Leaving goes on."
        case .everythingFrozen: "EVERYTHING IS FROZEN: nothing is changed, not even for those who left."
        }
    }
}
