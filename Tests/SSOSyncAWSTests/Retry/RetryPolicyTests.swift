// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("How long to wait before another attempt")
struct RetryPolicyTests {
    @Test func `a wait is never longer than the backoff's ceiling, and spread over all of it`() {
        var generator = SplitMix64(seed: 1)
        let policy = RetryPolicy()
        for attempt in 1...12 {
            let ceiling = min(Duration.seconds(1 << (attempt - 1)), .seconds(20))
            let waits = (0..<200).compactMap { _ in policy.delay(afterAttempt: attempt, hint: nil, using: &generator) }
            #expect(waits.count == 200)
            #expect(waits.allSatisfy { (.zero...ceiling).contains($0) })
            #expect(waits.contains { $0 < ceiling / 4 })
            #expect(waits.contains { $0 > ceiling * 3 / 4 })
        }
    }

    @Test(arguments: [Int.min, -1, 0, 63, 64, .max])
    func `no number of attempts overflows`(attempt: Int) throws {
        var generator = SplitMix64(seed: 2)
        let wait = try #require(RetryPolicy().delay(afterAttempt: attempt, hint: nil, using: &generator))
        #expect((.zero ... .seconds(20)).contains(wait))
    }

    @Test func `what a service demands is waited for, and a little more, or not at all`() throws {
        var generator = SplitMix64(seed: 3)
        let policy = RetryPolicy()
        for seconds in 0...60 {
            let demanded = Duration.seconds(seconds)
            for attempt in 1...6 {
                let wait = try #require(
                    policy.delay(afterAttempt: attempt, hint: .demand(demanded), using: &generator)
                )
                #expect(wait >= demanded)
                #expect(wait <= max(demanded + .seconds(1), .seconds(20)))
            }
        }
        #expect(policy.delay(afterAttempt: 1, hint: .demand(.seconds(61)), using: &generator) == nil)
    }

    @Test func `what a service advises adds five seconds at most`() throws {
        var generator = SplitMix64(seed: 4)
        for _ in 0..<200 {
            let wait = try #require(
                RetryPolicy().delay(afterAttempt: 1, hint: .advice(.seconds(100)), using: &generator)
            )
            #expect((.seconds(5) ... .seconds(6)).contains(wait))
        }
    }

    @Test func `the environment chooses mode and attempts`() {
        let environment = ["AWS_RETRY_MODE": "Adaptive", "AWS_MAX_ATTEMPTS": "7"]
        #expect(RetryPolicy(environment: environment) == RetryPolicy(mode: .adaptive, maximumAttempts: 7))
        let nonsense = ["AWS_RETRY_MODE": "legacy", "AWS_MAX_ATTEMPTS": "0"]
        #expect(RetryPolicy(environment: nonsense) == RetryPolicy())
    }
}
