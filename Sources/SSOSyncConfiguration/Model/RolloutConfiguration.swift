// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// How far the deployment as a whole lets runs go, whatever the modes of its targets allow.
public struct RolloutConfiguration: Hashable, Sendable, Encodable {
    /// What a freeze stops.
    public enum Freeze: String, Hashable, Sendable, Encodable, CaseIterable {
        /// Nobody is let in and nothing is granted; those who leave are locked all the same.
        case joins
        /// Nothing is changed, not even for those who leave.
        case everything
    }

    /// The ring that the rollout has reached: targets in later ones are only planned; nil for all.
    public let ring: Int?
    /// What is frozen; nil for nothing.
    public let freeze: Freeze?

    /// What runs are kept from on a target in that ring; nil for nothing.
    func hold(onRing number: Int) -> Policy.Hold? {
        if freeze == .everything { return .everythingFrozen }
        if let ring, number > ring { return .ring(number: number, reached: ring) }
        return freeze == .joins ? .joinsFrozen : nil
    }
}
