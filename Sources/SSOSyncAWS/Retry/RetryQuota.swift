// SPDX-License-Identifier: Apache-2.0

/// What all calls of one client may spend on further attempts.
///
/// So that a service in trouble is not asked several times as often as one that is well. A pure value, with botocore's
/// constants (`retries/quota.py`, `retries/standard.py`).
struct RetryQuota: Hashable, Sendable {
    /// The most there can be.
    static let capacity = 500
    /// What a call that needed one attempt gives back.
    static let smallRefund = 1

    /// What is left.
    private(set) var available = RetryQuota.capacity

    /// Takes what an attempt costs, if that is left.
    mutating func take(_ cost: Int) -> Bool {
        guard cost <= available else { return false }
        available -= cost
        return true
    }

    /// Gives back, after a success, what its last attempt cost.
    ///
    /// - Parameter cost: Nil if there was one attempt only.
    mutating func giveBack(_ cost: Int?) {
        available = min(Self.capacity, available + (cost ?? Self.smallRefund))
    }
}
