// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Whether a call is tried again")
struct RetryStateTests {
    private static let moment = Date(timeIntervalSince1970: 1_800_000_000)

    private func error(
        status: Int,
        _ code: String? = nil,
        date: Date? = nil,
        hint: RetryHint? = nil
    ) -> AWSError {
        let response = AWSError.Response(
            status: status,
            errorCode: code,
            requestId: nil,
            date: date,
            retryHint: hint
        )
        return AWSError(.refused, "", mayHaveBeenSent: true, response: response)
    }

    private func decide(
        _ state: inout RetryState,
        _ error: AWSError,
        _ quota: inout RetryQuota,
        timeLeft: Duration? = nil
    ) -> RetryState.Decision {
        var generator = SplitMix64(seed: 7)
        return state.decide(
            after: error,
            quota: &quota,
            timeLeft: timeLeft,
            signedAt: Self.moment,
            using: &generator
        )
    }

    private func isTriedAgain(_ error: AWSError, isIdempotent: Bool = true) -> Bool {
        var state = RetryState(policy: RetryPolicy(), isIdempotent: isIdempotent)
        var quota = RetryQuota()
        if case .retry = decide(&state, error, &quota) { return true }
        return false
    }

    @Test(
        arguments: [
            (400, "ThrottlingException", true), (400, "ValidationException", false), (403, "AccessDenied", false),
            (400, "RequestTimeout", true), (404, "DBClusterNotFoundFault", false), (500, nil, true), (502, nil, true),
            (503, "SlowDown", true), (504, nil, true), (501, nil, false), (429, nil, true), (302, nil, false),
            (400, "LimitExceededException", true), (400, "IDPCommunicationError", true), (200, nil, false),
            (500, "AccessDenied", true),
        ] as [(Int, String?, Bool)]
    )
    func `answers are judged by their code, then by their status`(status: Int, code: String?, expected: Bool) {
        #expect(isTriedAgain(error(status: status, code)) == expected)
    }

    @Test(arguments: [
        (AWSError.Code.timedOut, true), (.connectionLost, true), (.connectFailed, true), (.hostNotFound, true),
        (.tlsFailed, true), (.certificateRejected, false), (.responseTooLarge, false), (.invalidArgument, false),
        (.credentialsMissing, false),
    ])
    func `failures of the transport are judged by their kind`(code: AWSError.Code, expected: Bool) {
        #expect(isTriedAgain(AWSError(code, "")) == expected)
    }

    @Test func `what may not be done twice is tried again only if it was not done`() {
        #expect(isTriedAgain(AWSError(.connectFailed, ""), isIdempotent: false))
        #expect(!isTriedAgain(AWSError(.connectionLost, "", mayHaveBeenSent: true), isIdempotent: false))
        #expect(isTriedAgain(error(status: 400, "Throttling"), isIdempotent: false))
        #expect(!isTriedAgain(error(status: 500), isIdempotent: false))
    }

    @Test(arguments: 1...6)
    func `there are as many attempts as were asked for`(attempts: Int) {
        var state = RetryState(policy: RetryPolicy(maximumAttempts: attempts), isIdempotent: true)
        var quota = RetryQuota()
        var made = 1
        while case .retry = decide(&state, error(status: 500), &quota) { made += 1 }
        #expect(made == attempts)
        #expect(quota.available == 500 - 5 * (attempts - 1))
    }

    @Test func `a wait beyond the deadline is no wait`() {
        var state = RetryState(policy: RetryPolicy(), isIdempotent: true)
        var quota = RetryQuota()
        let demand = error(status: 429, hint: .demand(.seconds(10)))
        #expect(decide(&state, demand, &quota, timeLeft: .seconds(5)) == .fail)
        #expect(quota.available == 500)
    }

    // MARK: The quota

    @Test func `a service that only fails is asked once a call in the end, and again as before once it is well`() {
        var quota = RetryQuota()
        var attempts: [Int] = []
        for _ in 0..<100 {
            var state = RetryState(policy: RetryPolicy(), isIdempotent: true)
            while case .retry = decide(&state, error(status: 500), &quota) {}
            attempts.append(state.attempt)
        }
        // 500 tokens pay for 100 attempts at 5, two to each call.
        #expect(attempts[..<50].allSatisfy { $0 == 3 })
        #expect(attempts[50...].allSatisfy { $0 == 1 })
        for _ in 0..<5 { RetryState(policy: RetryPolicy(), isIdempotent: true).succeed(&quota) }
        var state = RetryState(policy: RetryPolicy(), isIdempotent: true)
        #expect(decide(&state, error(status: 500), &quota) != .fail)
    }

    @Test func `a success after further attempts gives back what the last one cost`() {
        var quota = RetryQuota()
        var state = RetryState(policy: RetryPolicy(), isIdempotent: true)
        _ = decide(&state, AWSError(.timedOut, ""), &quota)
        #expect(quota.available == 490)
        _ = decide(&state, error(status: 500), &quota)
        #expect(quota.available == 485)
        state.succeed(&quota)
        #expect(quota.available == 490)
    }

    @Test func `the quota stays within its bounds, whatever happens`() {
        var generator = SplitMix64(seed: 11)
        var quota = RetryQuota()
        for _ in 0..<10_000 {
            if Bool.random(using: &generator) {
                let before = quota.available
                let cost = [5, 10].randomElement(using: &generator) ?? 5
                #expect(quota.take(cost) == (before >= cost))
            } else {
                quota.giveBack([nil, 5, 10].randomElement(using: &generator) ?? nil)
            }
            #expect((0...500).contains(quota.available))
        }
    }

    // MARK: The clock

    @Test(
        arguments: ["RequestTimeTooSkewed", "SignatureDoesNotMatch", "InvalidSignatureException"],
        [-1_200.0, 1_200]
    )
    func `a clock that is off is corrected once`(code: String, offset: TimeInterval) {
        var state = RetryState(policy: RetryPolicy(), isIdempotent: true)
        var quota = RetryQuota()
        let skewed = error(status: 403, code, date: Self.moment + offset)
        #expect(decide(&state, skewed, &quota) == .correctClock(by: offset))
        #expect(decide(&state, skewed, &quota) == .fail)
        #expect(quota.available == 500)
    }

    @Test func `a wrong signature with the clock right is no matter of the clock`() {
        var state = RetryState(policy: RetryPolicy(), isIdempotent: true)
        var quota = RetryQuota()
        let wrong = error(status: 403, "SignatureDoesNotMatch", date: Self.moment + 200)
        #expect(decide(&state, wrong, &quota) == .fail)
        #expect(decide(&state, error(status: 403, "SignatureDoesNotMatch"), &quota) == .fail)
        #expect(decide(&state, error(status: 403, "AccessDenied", date: Self.moment + 9_000), &quota) == .fail)
    }

    @Test func `dates are read as HTTP writes them`() throws {
        #expect(HTTPDate.date("Sun, 06 Nov 1994 08:49:37 GMT") == (try date("1994-11-06T08:49:37Z")))
        #expect(HTTPDate.date("Thu, 29 Feb 2024 23:59:59 GMT") == (try date("2024-02-29T23:59:59Z")))
        for text in ["", "yesterday", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            #expect(HTTPDate.date(text) == nil)
        }
    }
}
