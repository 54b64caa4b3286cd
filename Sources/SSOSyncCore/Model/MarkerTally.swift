// SPDX-License-Identifier: Apache-2.0

/// Counts markers one by one, for ``TargetCounts``.
package struct MarkerTally: Sendable {
    private let windowStart: Timestamp
    private var managedActive = 0
    private var recentlyReduced = 0
    private var recentlyLocked = 0
    private var recentlyJoined = 0

    package init(windowStart: Timestamp) { self.windowStart = windowStart }

    package mutating func add(_ marker: Marker) {
        add(marker.state, joined: marker.joined, reduced: marker.reduced, isReleased: marker.isReleased)
    }

    package mutating func add(_ glance: MarkerGlance) {
        add(glance.state, joined: glance.joined, reduced: glance.reduced, isReleased: glance.isReleased)
    }

    /// Adds accounts that are settled; see ``SettledMarkers``.
    package mutating func addSettled(_ count: Int) { managedActive += count }

    private mutating func add(_ state: Marker.State, joined: Timestamp?, reduced: Timestamp?, isReleased: Bool) {
        if state == .active { managedActive += 1 }
        if let joined, joined > windowStart { recentlyJoined += 1 }
        guard let reduced, !isReleased, reduced > windowStart else { return }
        recentlyReduced += 1
        if state == .locked { recentlyLocked += 1 }
    }

    package var counts: TargetCounts {
        TargetCounts(
            managedActive: managedActive,
            recentlyReduced: recentlyReduced,
            recentlyLocked: recentlyLocked,
            recentlyJoined: recentlyJoined
        )
    }
}
