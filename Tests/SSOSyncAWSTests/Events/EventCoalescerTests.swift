// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import SSOSyncCore
import SSOSyncTestSupport
import Testing

/// Plays events against a coalescer, on a clock of its own.
private struct Play {
    struct Moment {
        let time: Timestamp
        let scope: EventScope
    }

    private(set) var added: [Moment] = []
    private(set) var readings: [Moment] = []

    /// - Parameters:
    ///   - events: In the order of their times.
    ///   - failing: Which readings fail, by their number.
    init(_ events: [Moment], failing: Set<Int> = [], limits: EventCoalescer.Limits = .init()) {
        var coalescer = EventCoalescer(limits: limits)
        var left = events[...]
        var now = events.first?.time ?? Timestamp(secondsSince1970: 0)
        while true {
            while let event = left.first, event.time <= now {
                coalescer.add(event.scope, at: now)
                added.append(event)
                left.removeFirst()
            }
            switch coalescer.decide(at: now) {
            case .read(let scope) where failing.contains(readings.count):
                readings.append(Moment(time: now, scope: EventScope()))
                coalescer.add(scope, at: now)
            case .read(let scope):
                #expect(!scope.isEmpty)
                readings.append(Moment(time: now, scope: scope))
            case .wait(let until):
                #expect(until > now)
                now = min(until, left.first?.time ?? until)
            case .idle:
                guard let next = left.first else { return }
                now = next.time
            }
            guard readings.count < 100_000 else {
                Issue.record("it reads for ever")
                return
            }
        }
    }

    /// The first reading from a moment on that covers a scope.
    func reading(of scope: EventScope, from time: Timestamp) -> Timestamp? {
        readings.first { $0.time >= time && $0.scope.covers(scope) }?.time
    }

    /// The most readings within any stretch of seconds.
    func most(within seconds: Int64, _ counts: (EventScope) -> Bool = { _ in true }) -> Int {
        let times = readings.filter { counts($0.scope) }.map(\.time)
        return times.map { start in times.count { $0 >= start && $0 < start.advanced(bySeconds: seconds) } }.max() ?? 0
    }
}

struct EventCoalescerTests {
    private func time(_ milliseconds: Int) -> Timestamp { Timestamp(millisecondsSince1970: Int64(milliseconds)) }

    private func person(_ number: Int) -> EventScope { EventScope(people: [UserId("u-\(number)")]) }

    @Test func `one event is read at once, and once more two minutes later`() {
        let play = Play([.init(time: time(5_000), scope: person(1))])
        #expect(play.readings.map(\.time) == [time(5_000), time(125_000)])
        #expect(play.readings.allSatisfy { $0.scope == person(1) })
    }

    @Test func `a storm of 5,000 events for 500 people is a handful of readings, and all are read`() {
        var random = SplitMix64(seed: 7)
        let times = (0..<5_000).map { _ in Int.random(in: 0..<60_000, using: &random) }.sorted()
        let events = times.map { Play.Moment(time: time($0), scope: person(Int.random(in: 0..<500, using: &random))) }
        let play = Play(events)
        #expect(play.readings.count <= 20)
        #expect(play.most(within: 60) <= 9)
        let last = play.added.compactMap { play.reading(of: $0.scope, from: $0.time) }.max()
        #expect(last.map { $0 <= time(80_000) } == true)
    }

    @Test func `however many changes are of nobody in particular, everyone is read once in a minute`() {
        let events = (0..<3_000).map { Play.Moment(time: time($0 * 100), scope: .unbounded) }
        let play = Play(events)
        #expect(play.most(within: 60) { $0.isUnbounded } == 1)
        #expect(play.readings.count { $0.scope.isUnbounded } <= 8)
    }

    @Test func `single people do not wait for a reading of everyone`() {
        let events = (0..<30).flatMap { number in
            [
                Play.Moment(time: time(number * 11_000), scope: .unbounded),
                .init(time: time(number * 11_000), scope: person(number)),
            ]
        }
        let play = Play(events)
        for event in play.added where !event.scope.isUnbounded {
            #expect(
                play.reading(of: event.scope, from: event.time).map { $0 <= event.time.advanced(bySeconds: 10) } == true
            )
        }
        #expect(play.readings.contains { $0.scope.isUnbounded })
    }

    @Test func `of a person and of everyone, the person is read first, and everyone next`() {
        var limits = EventCoalescer.Limits()
        limits.burst = 1
        var coalescer = EventCoalescer(limits: limits)
        coalescer.add(.unbounded, at: time(0))
        coalescer.add(person(1), at: time(0))
        #expect(coalescer.decide(at: time(0)) == .read(person(1)))
        coalescer.add(person(2), at: time(1))
        #expect(coalescer.decide(at: time(1)) == .wait(until: time(10_000)))
        #expect(coalescer.decide(at: time(10_000)) == .read(.unbounded))
    }

    @Test func `a clock that is set back neither stops nor hurries anything`() {
        var coalescer = EventCoalescer()
        coalescer.add(person(1), at: time(1_000_000))
        #expect(coalescer.decide(at: time(5)) == .read(person(1)))
        #expect(coalescer.decide(at: time(10)) == .wait(until: time(120_005)))
        coalescer.add(person(2), at: time(20))
        #expect(coalescer.decide(at: time(30)) == .read(person(2)))
        coalescer.add(.unbounded, at: time(40))
        #expect(coalescer.decide(at: time(50)) == .read(.unbounded))
        // By now all that may be read at once was read.
        coalescer.add(person(3), at: time(60))
        #expect(coalescer.decide(at: time(70)) == .wait(until: time(10_005)))
        #expect(coalescer.decide(at: time(-4_000_000)) == .wait(until: time(-4_000_000 + 9_935)))
        #expect(coalescer.decide(at: time(-3_990_065)) == .read(person(3)))
        coalescer.add(.unbounded, at: time(-3_980_000))
        #expect(coalescer.decide(at: time(-3_980_000)) == .wait(until: time(-3_940_020)))
    }

    @Test func `without second readings of its own it reads everyone and everybody once`() {
        var limits = EventCoalescer.Limits()
        limits.secondReading = nil
        var coalescer = EventCoalescer(limits: limits)
        coalescer.add(person(1), at: time(0))
        #expect(coalescer.decide(at: time(0)) == .read(person(1)))
        #expect(coalescer.decide(at: time(200_000)) == .idle)
        coalescer.add(.unbounded, at: time(200_000))
        #expect(coalescer.decide(at: time(200_000)) == .read(.unbounded))
        #expect(coalescer.decide(at: time(900_000)) == .idle)
    }

    @Test func `it tells when nothing but everyone waits, for whom whoever comes then need not`() {
        var limits = EventCoalescer.Limits()
        limits.secondReading = nil
        var coalescer = EventCoalescer(limits: limits)
        #expect(!coalescer.onlyEveryoneWaits)
        for scope in [.unbounded, person(1), EventScope(groups: ["g-1"])] {
            coalescer.add(scope, at: time(0))
            #expect(coalescer.onlyEveryoneWaits == scope.isUnbounded)
        }
        #expect(coalescer.decide(at: time(0)) == .read(EventScope(people: ["u-1"], groups: ["g-1"])))
        #expect(coalescer.onlyEveryoneWaits)
        #expect(coalescer.decide(at: time(0)) == .read(.unbounded))
        #expect(!coalescer.onlyEveryoneWaits)
    }

    @Test func `that everyone is to be read can be taken back, and keeps nobody from being read`() {
        var coalescer = EventCoalescer()
        coalescer.add(.unbounded, at: time(0))
        coalescer.withdrawEveryone()
        #expect(coalescer.decide(at: time(0)) == .idle)
        coalescer.add(person(1), at: time(20_000))
        #expect(coalescer.decide(at: time(20_000)) == .read(person(1)))
    }

    @Test(arguments: 0..<60)
    func `whatever comes, nothing is lost, all is read twice, and the limits hold`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var limits = EventCoalescer.Limits()
        limits.burst = Int.random(in: 1...4, using: &random)
        limits.interval = Int64.random(in: 1...15, using: &random)
        limits.wideInterval = Int64.random(in: limits.interval...90, using: &random)
        let wait = Int64.random(in: 5...200, using: &random)
        limits.secondReading = wait
        let span = Int.random(in: 1_000...600_000, using: &random)
        let times = (0..<Int.random(in: 1...300, using: &random)).map { _ in Int.random(in: 0..<span, using: &random) }
        let events = times.sorted().map { Play.Moment(time: time($0), scope: scope(&random)) }
        let failing = Set(
            (0..<Int.random(in: 0..<5, using: &random)).map { _ in Int.random(in: 0..<40, using: &random) }
        )
        let play = Play(events, failing: failing, limits: limits)

        #expect(play.added.count == events.count)
        for event in play.added {
            guard let first = play.reading(of: event.scope, from: event.time) else {
                Issue.record("never read: \(event)")
                continue
            }
            let second = play.reading(of: event.scope, from: first.advanced(bySeconds: wait))
            #expect(second != nil, "not read a second time: \(event)")
            let patience = (limits.wideInterval + 3 * limits.interval) * Int64(failing.count + 1)
            #expect(first <= event.time.advanced(bySeconds: patience), "\(event) was read at \(first)")
        }
        for seconds in [1, limits.interval, 60] {
            #expect(play.most(within: seconds) <= limits.burst + Int((seconds - 1) / limits.interval))
        }
        #expect(play.most(within: limits.wideInterval) { $0.isUnbounded } <= 1)
    }

    private func scope(_ random: inout SplitMix64) -> EventScope {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: .unbounded
        case 1...5: EventScope(groups: [GroupId("g-\(Int.random(in: 0..<5, using: &random))")])
        default: person(Int.random(in: 0..<40, using: &random))
        }
    }
}
