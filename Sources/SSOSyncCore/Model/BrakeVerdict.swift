// SPDX-License-Identifier: Apache-2.0

/// What the brake says to a plan, with the figures that it judged by.
public struct BrakeVerdict: Hashable, Sendable, Codable {
    /// Accounts that the plan removes access from.
    public let removals: Int
    /// Accounts that lost access within the last day, those that the plan removes access from again left out.
    public let earlierRemovals: Int
    /// What percentages are of: accounts in use, those that were locked within the last day counted too.
    public let accountsInUse: Int
    /// Why removals wait, for people; empty if they do not.
    public let removalsStoppedBecause: [String]
    /// What releases exactly these removals; nil if there are none.
    public let removalsHash: String?
    /// Whether these removals were released by hand.
    public let isReleased: Bool
    /// Accounts that the plan creates or restores.
    public let joins: Int
    /// Accounts that were created or restored within the last day.
    public let earlierJoins: Int
    /// Why joins wait, for people; nil if they do not.
    public let joinsStoppedBecause: String?

    /// Whether removals wait.
    public var stopsRemovals: Bool { !removalsStoppedBecause.isEmpty }
    /// Whether joins wait.
    public var stopsJoins: Bool { joinsStoppedBecause != nil }
}
