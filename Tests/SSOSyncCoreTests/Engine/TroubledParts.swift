// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTestSupport
import SSOSyncTesting

/// A list that several tasks append to.
final class Log<Value: Sendable>: Sendable {
    private let storage = Locked<[Value]>([])
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

/// Counts how many are at work at a time.
final class Meter: Sendable {
    private let counts = Locked((current: 0, peak: 0))
    var peak: Int { counts.withLock { $0.peak } }
    func enter() {
        counts.withLock { counts in
            counts.current += 1
            counts.peak = max(counts.peak, counts.current)
        }
    }
    func leave() { counts.withLock { $0.current -= 1 } }
}

/// A provisioner whose sessions take a while to open.
struct MeteredProvisioner: DatabaseProvisioner {
    let database: InMemoryDatabase
    let meter: Meter

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        meter.enter()
        try await Task.sleep(for: .milliseconds(10))
        meter.leave()
        return try await database.openSession(access)
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
