// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Testing

@Suite("Sessions that are opened while the directory is read")
struct EarlySessionsTests {
    /// A source that does something first.
    private struct Busy: IdentitySource {
        let source: InMemoryDirectory
        let before: @Sendable () async throws -> Void

        func directory(_ request: DirectoryRequest) async throws -> Directory {
            try await before()
            return try await source.directory(request)
        }
    }

    private func apply(
        _ fixture: Fixture,
        _ scope: ScopeRequest = .people(["ann"]),
        before: @escaping @Sendable () async throws -> Void
    ) async -> SyncReport {
        await fixture.engine(reading: Busy(source: fixture.directory, before: before))
            .apply(scope, options: fixture.options)
    }

    private func opened(_ fixture: Fixture) -> @Sendable () async throws -> Void {
        let databases = fixture.databases.values
        return { try await eventually("all sessions are open") { databases.allSatisfy { $0.state.openSessions == 1 } } }
    }

    @Test func `for a few people they are open before the directory has answered`() async {
        let fixture = Fixture(["a", "b"])
        let report = await apply(fixture, before: opened(fixture))
        #expect(report.verdict == .inSync && report.target("b").ends == ["create ann done"])
        #expect(fixture.databases.values.allSatisfy { $0.state.accesses.count == 1 && $0.state.openSessions == 0 })
        #expect(fixture.directory.world.requests.count == 1)
    }

    @Test func `they know what they will be asked for, but for the names`() async throws {
        let fixture = Fixture()
        _ = await fixture.apply(.people(["ann"]))
        let expected = try #require(fixture.database.state.accesses.first?.expected)
        let request = try #require(fixture.database.state.requests.first)
        #expect(expected.names.isEmpty && request.names == ["ann"])
        #expect(
            request
                == InspectionRequest(
                    owner: expected.owner,
                    directory: expected.directory,
                    scope: expected.scope,
                    names: request.names,
                    roles: expected.roles,
                    holdersOf: expected.holdersOf,
                    windowStart: expected.windowStart,
                    blockersOfLockedBefore: expected.blockersOfLockedBefore
                )
        )
    }

    @Test(arguments: [ScopeRequest.everyone, .people(Set((0..<4).map { UserId("u\($0)") }))])
    func `for many people none is`(scope: ScopeRequest) async {
        let fixture = Fixture()
        let source = SlowSource(fixture: fixture, seconds: 0)
        _ = await fixture.engine(reading: source).apply(scope, options: fixture.options)
        #expect(source.openSessions.values == [0])
    }

    @Test func `a directory that takes its time keeps neither a session nor a lock`() async {
        let fixture = Fixture()
        let opened = opened(fixture)
        let report = await apply(fixture) {
            try await opened()
            try await eventually("the session is closed again") { fixture.database.state.openSessions == 0 }
        }
        #expect(report.verdict == .inSync && report.only.ends == ["create ann done"])
        #expect(fixture.database.state.accesses.count == 2)
    }

    @Test func `a directory that fails meanwhile leaves no session open, and no target is told of`() async {
        var fixture = Fixture(["a", "b"])
        let told = Log<Progress>()
        fixture.options.progress = { told.append($0) }
        let opened = opened(fixture)
        let report = await apply(fixture) {
            try await opened()
            throw SyncError(.source, "throttled")
        }
        #expect(report.verdict == .sourceUnavailable && report.targets.isEmpty)
        #expect(fixture.databases.values.allSatisfy { $0.state.done.isEmpty && $0.state.openSessions == 0 })
        #expect(fixture.databases.values.allSatisfy { $0.state.requests.isEmpty && $0.state.lockHolder == nil })
        #expect(told.values == [.readingDirectory])
        #expect(fixture.notifier.reports.count == 1)
    }

    @Test func `nobody waits for another writer once the directory has failed`() async {
        var fixture = Fixture()
        fixture.options.lockWait = 3_600
        fixture.database.update { $0.lockHolder = "somebody" }
        fixture.directory.update { $0.failure = SyncError(.source, "throttled") }
        #expect(await fixture.apply(.people(["ann"])).verdict == .sourceUnavailable)
        #expect(fixture.database.state.accesses.isEmpty)
    }
}
