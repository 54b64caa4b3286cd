// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("Credentials that are kept")
struct CachingCredentialsProviderTests {
    /// Hands out numbered credentials when it is let.
    private final class Source: CredentialsProvider {
        struct Failure: Error {}

        let state = Locked<(asked: Int, isHeld: Bool, fails: Bool, lifetime: TimeInterval?)>((0, false, false, 3_600))
        let clock: Locked<Date>

        init(_ clock: Locked<Date>) { self.clock = clock }

        var asked: Int { state.withLock(\.asked) }

        func credentials() async throws -> Credentials {
            let number = state.withLock { state in
                state.asked += 1
                return state.asked
            }
            try await eventually("the source may answer") { !state.withLock(\.isHeld) }
            if state.withLock(\.fails) { throw Failure() }
            let end = state.withLock(\.lifetime).map { lifetime in clock.withLock { $0 } + lifetime }
            return Credentials(accessKeyId: "\(number)", secretAccessKey: "s3cr3t", expiration: end)
        }
    }

    private let clock = Locked(Date(timeIntervalSince1970: 1_800_000_000))
    private let source: Source
    private let provider: CachingCredentialsProvider

    init() {
        source = Source(clock)
        provider = CachingCredentialsProvider(source) { [clock] in clock.withLock { $0 } }
    }

    private func advance(_ seconds: TimeInterval) { clock.withLock { $0 += seconds } }

    private func number() async throws -> String { try await provider.credentials().accessKeyId }

    @Test func `they are asked for once, however many ask`() async throws {
        source.state.withLock { $0.isHeld = true }
        let provider = provider
        let tasks = (0..<50).map { _ in Task { try await provider.credentials().accessKeyId } }
        try await eventually("the source is asked") { source.asked == 1 }
        source.state.withLock { $0.isHeld = false }
        for task in tasks { #expect(try await task.value == "1") }
        #expect(source.asked == 1)
    }

    @Test func `who is cancelled goes on at once, and the others still get theirs`() async throws {
        source.state.withLock { $0.isHeld = true }
        let provider = provider
        let first = Task { try await provider.credentials().accessKeyId }
        try await eventually("the source is asked") { source.asked == 1 }
        let second = Task { try await provider.credentials().accessKeyId }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        source.state.withLock { $0.isHeld = false }
        #expect(try await second.value == "1")
        #expect(try await number() == "1")
    }

    @Test func `a failure is not kept`() async throws {
        source.state.withLock { $0.fails = true }
        await #expect(throws: Source.Failure.self) { try await provider.credentials() }
        source.state.withLock { $0.fails = false }
        #expect(try await number() == "2")
    }

    @Test func `new ones are fetched five to six minutes before the old ones expire`() async throws {
        #expect(try await number() == "1")
        advance(3_600 - 361)
        #expect(try await number() == "1")
        advance(61)
        #expect(try await number() == "2")
    }

    @Test func `of short-lived ones a quarter is left`() async throws {
        source.state.withLock { $0.lifetime = 60 }
        #expect(try await number() == "1")
        advance(41)
        #expect(try await number() == "1")
        advance(4)
        #expect(try await number() == "2")
    }

    @Test func `while the old ones are good, a failure does no harm, and is not repeated at once`() async throws {
        #expect(try await number() == "1")
        source.state.withLock { $0.fails = true }
        advance(3_600 - 300)
        for _ in 0..<5 { #expect(try await number() == "1") }
        #expect(source.asked == 2)
        advance(31)
        #expect(try await number() == "1")
        #expect(source.asked == 3)
        advance(300)
        await #expect(throws: Source.Failure.self) { try await provider.credentials() }
    }

    @Test func `what does not expire is kept`() async throws {
        source.state.withLock { $0.lifetime = nil }
        #expect(try await number() == "1")
        advance(1e9)
        #expect(try await number() == "1")
    }

    @Test func `not all processes ask at the same moment`() async throws {
        var moments: Set<Int> = []
        for _ in 0..<30 {
            let fresh = CachingCredentialsProvider(source) { [clock] in clock.withLock { $0 } }
            let first = try await fresh.credentials().accessKeyId
            let start = clock.withLock { $0 }
            advance(3_600 - 360)
            while try await fresh.credentials().accessKeyId == first { advance(1) }
            moments.insert(Int(clock.withLock { $0 }.timeIntervalSince(start)))
        }
        #expect(moments.count > 5)
    }
}
