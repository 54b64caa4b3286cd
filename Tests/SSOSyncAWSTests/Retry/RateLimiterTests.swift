// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("What holds requests back")
struct RateLimiterTests {
    private struct Event: Encodable {
        let time: Double
        let isThrottled: Bool
    }

    /// botocore's own parts, on a clock of the script's.
    private static let script = """
        import json, sys
        from botocore.retries import adaptive, bucket, throttling
        class Clock:
            now = 0.0
            def current_time(self): return self.now
        class Detector:
            def is_throttling_error(self, throttled): return throttled
        def run(events):
            clock = Clock()
            limiter = adaptive.ClientRateLimiter(
                throttling.CubicCalculator(starting_max_rate=0, start_time=0.0), adaptive.RateClocker(clock),
                bucket.TokenBucket(1, clock), Detector(), clock)
            rates = []
            for event in events:
                clock.now = event["time"]
                limiter.on_receiving_response(throttled=event["isThrottled"])
                rates.append(limiter._token_bucket.max_rate)
            return rates
        print(json.dumps([run(events) for events in json.load(sys.stdin)]))
        """

    @Test func `the adaptive rate is botocore's, whatever happens`() async throws {
        var generator = SystemRandomNumberGenerator()
        let runs = (0..<50).map { _ in
            var time = 0.0
            let share = Double.random(in: 0...0.5, using: &generator)
            return (0..<200).map { _ in
                time += Double.random(in: 0...0.4, using: &generator)
                return Event(time: time, isThrottled: Double.random(in: 0...1, using: &generator) < share)
            }
        }
        let expected = try await Botocore.run(Self.script, runs, returning: [[Double]].self)
        for (run, rates) in zip(runs, expected) {
            var limiter = AdaptiveRateLimiter(now: 0)
            for (event, rate) in zip(run, rates) {
                limiter.record(isThrottled: event.isThrottled, now: event.time)
                #expect(abs(limiter.rate - rate) <= 1e-6 * max(1, abs(rate)), "at \(event.time)")
            }
        }
    }

    @Test func `nothing is held back before the first throttling`() {
        var limiter = AdaptiveRateLimiter(now: 0)
        for step in 0..<1_000 {
            #expect(limiter.acquire(now: Double(step) / 1_000) == 0)
            limiter.record(isThrottled: false, now: Double(step) / 1_000)
        }
    }

    @Test func `once throttled, no more is sent than the rate allows, and some always is`() {
        var limiter = AdaptiveRateLimiter(now: 0)
        limiter.record(isThrottled: true, now: 1)
        var time = 1.0
        var sent = 0
        while time < 61 {
            let wait = limiter.acquire(now: time)
            if wait == 0 { sent += 1 }
            time += max(wait, 0.001)
        }
        #expect(limiter.rate * 59 <= Double(sent))
        #expect(Double(sent) <= limiter.rate * 60 + 2)
    }

    @Test func `in no second are there more requests than allowed, whenever they come`() {
        var generator = SplitMix64(seed: 5)
        for burst in [1, 5] {
            let start = ContinuousClock.now
            var pace = RequestPace(requestsPerSecond: 5, burst: burst, now: start)
            var now = start
            let sent = (0..<2_000).map { _ in
                // Bunches and pauses.
                if Int.random(in: 0..<10, using: &generator) == 0 {
                    now += .milliseconds(Int.random(in: 0...3_000, using: &generator))
                }
                return now + pace.reserve(now: now)
            }
            #expect(zip(sent, sent.dropFirst()).allSatisfy { $0 <= $1 })
            // Any `burst` + 5 requests in a row take a second at least.
            for (first, last) in zip(sent, sent.dropFirst(burst + 5 - 1)) {
                #expect(first.duration(to: last) >= .milliseconds(799))
            }
            let total = start.duration(to: sent[1_999])
            #expect(total >= .milliseconds(200) * (1_999 - burst))
        }
    }

    @Test func `after a pause there is no more than the burst at once`() {
        let start = ContinuousClock.now
        var pace = RequestPace(requestsPerSecond: 10, burst: 3, now: start)
        let later = start + .seconds(1_000)
        let waits = (0..<5).map { _ in pace.reserve(now: later) }
        #expect(waits == [.zero, .zero, .zero, .milliseconds(100), .milliseconds(200)])
    }
}
