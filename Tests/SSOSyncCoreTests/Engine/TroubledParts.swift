// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
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

/// Counts how many are at work at a time, and keeps them there until they are a crowd for the first time.
final class Meter: Sendable {
    private struct State {
        var current = 0
        var peak = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let crowd: Int
    private let state = Mutex(State())

    init(crowd: Int) { self.crowd = crowd }

    var peak: Int { state.withLock { $0.peak } }

    func enter() async {
        await withCheckedContinuation { continuation in
            let released = state.withLock { state in
                state.current += 1
                state.peak = max(state.peak, state.current)
                state.waiting.append(continuation)
                guard state.peak >= crowd else { return [CheckedContinuation<Void, Never>]() }
                defer { state.waiting = [] }
                return state.waiting
            }
            for waiting in released { waiting.resume() }
        }
        // Whoever is one too many is ready to enter by now, and does it before anybody leaves.
        await Task.yield()
    }

    func leave() { state.withLock { $0.current -= 1 } }
}

/// A provisioner whose sessions open when enough of them are about to.
struct MeteredProvisioner: DatabaseProvisioner {
    let database: InMemoryDatabase
    let meter: Meter

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        await meter.enter()
        meter.leave()
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
