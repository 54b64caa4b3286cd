// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting
import Synchronization

/// A list that several tasks append to.
final class Log<Value: Sendable>: Sendable {
    private let storage = Mutex<[Value]>([])
    var values: [Value] { storage.withLock { $0 } }
    func append(_ value: Value) { storage.withLock { $0.append(value) } }
}

/// A provisioner that does nothing and says nothing.
struct ForgetfulProvisioner: DatabaseProvisioner {
    let database: InMemoryDatabase

    struct Session: ProvisioningSession {
        let session: any ProvisioningSession
        var dialect: Dialect { session.dialect }
        func inspect(_ request: InspectionRequest) async throws -> Accounts { try await session.inspect(request) }
        func apply(
            _ operations: [Operation],
            until deadline: ContinuousClock.Instant,
            report: @Sendable (OperationOutcome) -> Void
        ) async throws {}
        func script(for operations: [Operation]) async throws -> [String] { [] }
        func close() async { await session.close() }
    }

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        Session(session: try await database.openSession(access))
    }
}

/// A provisioner whose readings come with a notice.
struct NoticingProvisioner: DatabaseProvisioner {
    let database: InMemoryDatabase
    let notice: String

    struct Session: ProvisioningSession {
        let session: any ProvisioningSession
        let notice: String
        var dialect: Dialect { session.dialect }
        func inspect(_ request: InspectionRequest) async throws -> Accounts {
            let found = try await session.inspect(request)
            return Accounts(
                scope: found.scope,
                accounts: found.accounts,
                roles: found.roles,
                counts: found.counts,
                notices: [notice]
            )
        }
        func apply(
            _ operations: [Operation],
            until deadline: ContinuousClock.Instant,
            report: @Sendable (OperationOutcome) -> Void
        ) async throws { try await session.apply(operations, until: deadline, report: report) }
        func script(for operations: [Operation]) async throws -> [String] { [] }
        func close() async { await session.close() }
    }

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        Session(session: try await database.openSession(access), notice: notice)
    }
}

/// Counts how many are at work at a time.
final class Meter: Sendable {
    private let counts = Mutex((current: 0, peak: 0))
    var peak: Int { counts.withLock { $0.peak } }
    func enter() {
        counts.withLock { counts in
            counts.current += 1
            counts.peak = max(counts.peak, counts.current)
        }
    }
    func leave() { counts.withLock { $0.current -= 1 } }
}

/// A provisioner whose sessions open once there has been a crowd at work.
struct MeteredProvisioner: DatabaseProvisioner {
    let database: InMemoryDatabase
    let meter: Meter
    let crowd: Int

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        meter.enter()
        defer { meter.leave() }
        try await eventually("\(crowd) are at work at a time", within: .seconds(5)) { meter.peak >= crowd }
        // Whoever is one too many is ready by now, and enters before the last of the crowd leaves.
        await Task.yield()
        return try await database.openSession(access)
    }
}

/// A provisioner that tells when it has found the lock taken, and waits for it or has failed.
struct QueuedProvisioner: DatabaseProvisioner {
    let database: InMemoryDatabase
    let onQueue: @Sendable () -> Void

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        // Goes up to its first pause, so that the lock has been asked for.
        let opening = Task.immediate { try await database.openSession(access) }
        onQueue()
        return try await opening.value
    }
}

/// A source that answers something else than it was asked.
struct LyingSource: IdentitySource {
    enum Lie: CaseIterable { case otherScope, noGroups, otherGroupId }
    let source: InMemoryDirectory
    let lie: Lie

    func directory(_ request: DirectoryRequest) async throws -> Directory {
        let truth = try await source.directory(request)
        let groups = truth.groups.values.map { group in
            DirectoryGroup(id: lie == .otherGroupId ? "other" : group.id, name: group.name, members: [])
        }
        return Directory(
            id: truth.id,
            asOf: truth.asOf,
            scope: lie == .otherScope ? .people([]) : truth.scope,
            people: truth.people,
            groups: lie == .noGroups ? [] : groups
        )
    }
}

/// A source that takes its time for more than one person, by the fixture's clock, and notes how many sessions are open meanwhile.
struct SlowSource: IdentitySource {
    let fixture: Fixture
    let seconds: Int64
    let openSessions = Log<Int>()

    func directory(_ request: DirectoryRequest) async throws -> Directory {
        if case .people(let people) = request.scope, people.count == 1 {
            return try await fixture.directory.directory(request)
        }
        openSessions.append(fixture.database.state.openSessions)
        let directory = try await fixture.directory.directory(request)
        fixture.pass(seconds)
        return directory
    }
}
