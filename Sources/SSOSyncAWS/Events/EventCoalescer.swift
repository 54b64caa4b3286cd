// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Gathers whom events concern, and decides when whom to read again: a storm of events becomes a handful of readings.
///
/// A value without a clock: whoever owns it says what time it is, and does what it decides.
///
///     coalescer.add(event.scope, at: .now)
///     switch coalescer.decide(at: .now) {
///     case .read(let scope): await run(scope)         // if that fails: coalescer.add(scope, at: .now)
///     case .wait(let until): …                        // ask again then, or after the next event
///     case .idle: …                                   // ask again after the next event
///     }
///
/// - Whoever was added is read at least once from then on, and once more when ``Limits/secondReading`` has passed: what a
///   directory shows may lag behind its events.
/// - There are no more readings than ``Limits`` says. People and groups come first, and one of everyone waits for its turn.
public struct EventCoalescer: Sendable {
    /// How often the directory may be read for events.
    public struct Limits: Sendable {
        /// How many readings there may be at once, after a quiet time.
        public var burst = 3
        /// After how many seconds there may be one more.
        public var interval: Int64 = 10
        /// How many seconds have to lie between two readings of everyone; at least ``interval``.
        public var wideInterval: Int64 = 60
        /// After how many seconds the same is read once more; nil if somebody else sees to that.
        public var secondReading: Int64? = 120

        /// The defaults.
        public init() {}
    }

    /// What is to be done.
    public enum Decision: Sendable, Hashable {
        /// Read these people and groups, or everyone.
        case read(EventScope)
        /// Nothing before this moment, unless something is added.
        case wait(until: Timestamp)
        /// Nothing, until something is added.
        case idle
    }

    /// When something is to be read, and whether that is for the second time.
    private struct Turn {
        var due: Timestamp
        var isSecond = false
    }

    private let limits: Limits
    private var people: [UserId: Turn] = [:]
    private var groups: [GroupId: Turn] = [:]
    private var everyone: Turn?
    /// When all readings so far will have been paid for (the generic cell rate algorithm, ITU-T I.371).
    private var paidBy = Timestamp(millisecondsSince1970: .min / 4)
    private var lastWide = Timestamp(millisecondsSince1970: .min / 4)
    private var clock = Timestamp(millisecondsSince1970: .min / 4)

    /// Nothing to be read.
    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Takes down whom a change may concern, or whom a reading that failed should have covered.
    public mutating func add(_ scope: EventScope, at now: Timestamp) {
        let now = advance(to: now)
        for person in scope.people { people[person] = Self.noted(people[person], now) }
        for group in scope.groups { groups[group] = Self.noted(groups[group], now) }
        if scope.isUnbounded { everyone = Self.noted(everyone, now) }
    }

    /// What is to be done now; what is to be read counts as read.
    public mutating func decide(at now: Timestamp) -> Decision {
        let now = advance(to: now)
        let narrow = narrowDue
        let wide = wideDue
        guard let first = [narrow, wide].compactMap(\.self).min() else { return .idle }
        let soonest = max(first, nextReading)
        guard soonest <= now else { return .wait(until: soonest) }
        paidBy = max(paidBy, now).advanced(bySeconds: limits.interval)
        if let wide, wide <= now, isWideTurn(wide, narrow, now) { return .read(takeEveryone(now)) }
        return .read(takeDue(now))
    }

    /// Takes back that everyone is to be read: whoever keeps what called for it adds it again.
    public mutating func withdrawEveryone() { everyone = nil }

    /// Whether nothing but a reading of everyone waits: whoever is added then need not wait for that.
    public var onlyEveryoneWaits: Bool { everyone != nil && narrowDue == nil }

    /// From when on everyone may be read again.
    package var nextWideReading: Timestamp { lastWide.advanced(bySeconds: limits.wideInterval) }

    // MARK: Turns

    /// Clocks are set back now and then: what is to come is as far away then as it was before.
    private mutating func advance(to now: Timestamp) -> Timestamp {
        if now < clock { shift(byMilliseconds: now.millisecondsSince1970 - clock.millisecondsSince1970) }
        clock = now
        return now
    }

    private mutating func shift(byMilliseconds difference: Int64) {
        func shifted(_ time: Timestamp) -> Timestamp {
            Timestamp(millisecondsSince1970: time.millisecondsSince1970 + difference)
        }
        func shifted(_ turn: Turn) -> Turn { Turn(due: shifted(turn.due), isSecond: turn.isSecond) }
        people = people.mapValues(shifted)
        groups = groups.mapValues(shifted)
        everyone = everyone.map(shifted)
        (paidBy, lastWide) = (shifted(paidBy), shifted(lastWide))
    }

    private static func noted(_ turn: Turn?, _ now: Timestamp) -> Turn {
        if let turn, !turn.isSecond { return turn }
        return Turn(due: now)
    }

    private var narrowDue: Timestamp? {
        [people.values.lazy.map(\.due).min(), groups.values.lazy.map(\.due).min()].compactMap(\.self).min()
    }

    private var wideDue: Timestamp? {
        everyone.map { max($0.due, nextWideReading) }
    }

    private var nextReading: Timestamp {
        paidBy.advanced(bySeconds: -limits.interval * Int64(max(1, limits.burst) - 1))
    }

    /// Everyone's reading takes long: people and groups go first, but not for ever.
    private func isWideTurn(_ wide: Timestamp, _ narrow: Timestamp?, _ now: Timestamp) -> Bool {
        guard let narrow, narrow <= now else { return true }
        return now >= wide.advanced(bySeconds: limits.interval)
    }

    // MARK: Readings

    private mutating func takeDue(_ now: Timestamp) -> EventScope {
        EventScope(people: take(from: &people, now), groups: take(from: &groups, now))
    }

    /// - Returns: Those whose turn it is. Whose first turn it was gets a second one.
    private func take<Key>(from turns: inout [Key: Turn], _ now: Timestamp) -> Set<Key> {
        let due = turns.filter { $0.value.due <= now }
        for (key, turn) in due { turns[key] = second(after: turn, now) }
        return Set(due.keys)
    }

    /// The turn that follows one that is taken now.
    private func second(after turn: Turn, _ now: Timestamp) -> Turn? {
        guard !turn.isSecond, let wait = limits.secondReading else { return nil }
        return Turn(due: now.advanced(bySeconds: wait), isSecond: true)
    }

    /// Covers whoever's turn it is, too; and if it gets a second turn itself, that will be theirs.
    private mutating func takeEveryone(_ now: Timestamp) -> EventScope {
        lastWide = now
        everyone = everyone.flatMap { second(after: $0, now) }
        let covered = takeDue(now)
        if everyone != nil {
            for person in covered.people { people[person] = nil }
            for group in covered.groups { groups[group] = nil }
        }
        return .unbounded
    }
}
