// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Keeps values that are dear to make from one use to the next, a short while and few of them.
///
/// Nobody watches the time: what is too old is let go of when something is taken or kept. A value is let go of by dropping the
/// reference to it.
package final class Keeper<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// How much is kept, and for how long.
    package struct Limits: Sendable {
        /// How many values.
        package var count = 8
        /// How long a value may lie idle.
        package var idle: Duration = .seconds(45)
        /// How long a value may be used again at all, counted from when it was made.
        package var age: Duration = .seconds(300)

        package init() {}
    }

    /// Something that is kept, and belongs to nobody else once it was taken.
    package struct Item: Sendable {
        package let value: Value
        /// When it was made.
        package let made: KeepingMoment

        package init(_ value: Value, made: KeepingMoment) { (self.value, self.made) = (value, made) }
    }

    private struct Entry {
        let key: Key
        let item: Item
        let kept: KeepingMoment
    }

    private let limits: Limits
    /// Those that were kept last come last.
    private let entries = Mutex<[Entry]>([])

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Takes what was kept last for a key; nil if there is nothing that is still good.
    package func take(_ key: Key, now: KeepingMoment) -> Item? {
        entries.withLock { entries in
            letGo(&entries, now)
            guard let place = entries.lastIndex(where: { $0.key == key }) else { return nil }
            return entries.remove(at: place).item
        }
    }

    /// Keeps something, or lets go of it if it is too old; of what was kept first, if there is too much.
    package func keep(_ item: Item, for key: Key, now: KeepingMoment) {
        entries.withLock { entries in
            entries.append(Entry(key: key, item: item, kept: now))
            letGo(&entries, now)
            entries.removeFirst(max(0, entries.count - limits.count))
        }
    }

    /// Lets go of everything.
    package func letGo() { entries.withLock { $0 = [] } }

    private func letGo(_ entries: inout [Entry], _ now: KeepingMoment) {
        entries.removeAll { entry in
            !entry.kept.isWithin(limits.idle, of: now) || !entry.item.made.isWithin(limits.age, of: now)
        }
    }
}

/// A moment on two clocks, neither of which is to be trusted where processes are frozen for a while: one may have stood
/// still, the other is set right afterwards.
package struct KeepingMoment: Sendable {
    let instant: ContinuousClock.Instant
    let wall: Duration

    package init(_ instant: ContinuousClock.Instant = .now, wall: Duration) {
        (self.instant, self.wall) = (instant, wall)
    }

    /// Whether less time has passed since then, by both clocks, and none backwards.
    package func isWithin(_ limit: Duration, of now: KeepingMoment) -> Bool {
        let (byInstant, byWall) = (instant.duration(to: now.instant), now.wall - wall)
        return byInstant < limit && byWall < limit && byWall >= .zero
    }
}
