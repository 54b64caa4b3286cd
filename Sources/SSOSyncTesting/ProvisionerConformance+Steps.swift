// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import Synchronization

/// What the checks are made of.
extension ProvisionerConformance {
    func user(_ name: AccountName) -> UserId { UserId("conformance-\(name)") }

    func marker(_ name: AccountName, _ state: Marker.State = .active, joined: Timestamp? = nil) -> Marker {
        Marker(
            owner: owner,
            directory: directory,
            user: user(name),
            name: name,
            state: state,
            asOf: now,
            joined: joined ?? now,
            reduced: state == .locked ? now : nil
        )
    }

    func operation(_ name: AccountName, _ action: Operation.Action, marker: Marker? = nil) -> Operation {
        Operation(account: name, user: user(name), action: action, marker: marker)
    }

    // MARK: Sessions

    func access(_ kind: SessionAccess.Kind, run: String, expecting: InspectionRequest? = nil) -> SessionAccess {
        SessionAccess(kind, runId: "conformance-\(run)", deadline: Self.deadline, expected: expecting)
    }

    static var deadline: ContinuousClock.Instant { ContinuousClock.now.advanced(by: .seconds(60)) }

    func writing<Value>(_ body: (any ProvisioningSession) async throws -> Value) async throws -> Value {
        try await with(access(.writing, run: "writer"), body)
    }

    func with<Value>(
        _ access: SessionAccess,
        _ body: (any ProvisioningSession) async throws -> Value
    ) async throws -> Value {
        let session = try await provisioner.openSession(access)
        do {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    func inspect(_ names: [AccountName]) async throws -> Accounts {
        try await with(access(.reading, run: "reader")) { try await $0.inspect(request(names)) }
    }

    func seen(_ name: AccountName) async throws -> Account {
        let account = try await inspect([name]).accounts.first { $0.name == name }
        guard let account else { throw ConformanceFailure("expected account \(name), and it is not there") }
        return account
    }

    func request(_ names: [AccountName]) -> InspectionRequest { request(people: names, names: names) }

    func request(people: [AccountName], names: [AccountName]) -> InspectionRequest {
        InspectionRequest(
            owner: owner,
            directory: directory,
            scope: .people(Set(people.map(user))),
            names: Set(names),
            roles: Set(roles),
            windowStart: now.advanced(bySeconds: -Policy.Brake.window),
            blockersOfLockedBefore: now
        )
    }

    // MARK: Operations

    /// Applies operations of one phase, each of which has to be reported once.
    func apply(_ operations: [Operation], on session: any ProvisioningSession) async throws -> [OperationOutcome] {
        let log = OutcomeRecorder()
        try await session.apply(operations, until: Self.deadline) { log.append($0) }
        let outcomes = log.outcomes
        let reported = outcomes.map(\.operation)
        try expect(
            reported.count == operations.count && Set(reported) == Set(operations),
            "every operation is reported, and reported once"
        )
        return outcomes
    }

    /// Applies operations of one phase in a session of their own.
    func attempt(_ operations: [Operation]) async throws -> [OperationOutcome] {
        try await writing { session in
            // The account is read first, as the engine does: a provisioner may rely on it.
            _ = try await session.inspect(request(operations.map(\.account)))
            return try await apply(operations, on: session)
        }
    }

    /// Whether the provisioner says of an operation that it cannot do such a thing.
    func isUnsupported(_ operation: Operation) async throws -> Bool {
        guard case .failed(let error)? = try await attempt([operation]).first?.result else { return false }
        return error.code == .unsupported
    }

    /// Applies operations of one phase, all of which have to work.
    func done(_ operations: [Operation]) async throws {
        let outcomes = try await attempt(operations)
        for outcome in outcomes {
            guard case .failed(let error) = outcome.result else { continue }
            throw ConformanceFailure("\(outcome.operation.label) \(outcome.operation.account) failed: \(error)")
        }
        try expect(outcomes.allSatisfy(\.isDone), "operations that can be done are done")
    }

    func create(_ names: [AccountName]) async throws {
        try await done(names.map { operation($0, .create(roles: [roles[0]]), marker: marker($0)) })
    }

    /// Does something once and looks, then does it again: whatever is said about the second time, it changes nothing.
    func expectSame(_ name: AccountName, after operations: [Operation]) async throws {
        if case .create? = operations.first?.action {} else { try await done(operations) }
        let once = try await seen(name)
        _ = try await attempt(operations)
        let twice = try await seen(name)
        try expect(once == twice, "\(operations.map(\.label)) twice leaves what it leaves once")
    }

    func remove(_ accounts: [(name: AccountName, user: UserId)]) async throws {
        for (name, user) in accounts {
            var locked = marker(name, .locked)
            locked.user = user
            locked.nameHash = Marker.nameHash(name, user: user)
            try await done([Operation(account: name, user: user, action: .lock, marker: locked)])
            try await done([Operation(account: name, user: user, action: .endSessions)])
            try await done([Operation(account: name, user: user, action: .drop)])
        }
    }

    /// Runs a check with names of its own, and removes what it left behind.
    func withAccounts(_ suffixes: [String], _ check: ([AccountName]) async throws -> Void) async throws {
        let names = suffixes.map { AccountName("\(prefix)\($0)") }
        try await removeLeftovers(names)
        do {
            try await check(names)
        } catch {
            try? await removeLeftovers(names)
            throw error
        }
        try await removeLeftovers(names)
    }

    private func removeLeftovers(_ names: [AccountName]) async throws {
        let found = try await inspect(names).accounts.filter { names.contains($0.name) }
        try await remove(found.map { ($0.name, user($0.name)) })
    }

    // MARK: Planning

    func plan(for names: [AccountName]) async throws -> Plan {
        let policy = Policy(target: "conformance", owner: owner, groups: [Policy.GroupRule(group: "all", roles: roles)])
        let people = Set(names.map(user))
        let found = Directory(
            id: directory,
            asOf: now,
            scope: .people(people),
            people: names.map { Person(id: user($0), accountName: $0) },
            groups: [DirectoryGroup(id: "all", name: "all", members: people)]
        )
        return try await with(access(.reading, run: "planner")) { session in
            Planner().plan(
                directory: found,
                accounts: try await session.inspect(request(names)),
                policy: policy,
                dialect: session.dialect,
                now: now
            )
        }
    }
}

extension Account {
    var usableRoles: Set<RoleName> { Set(memberships.filter(\.isUsable).map(\.role)) }
}

private final class OutcomeRecorder: Sendable {
    private let storage = Mutex<[OperationOutcome]>([])
    var outcomes: [OperationOutcome] { storage.withLock { $0 } }
    func append(_ outcome: OperationOutcome) { storage.withLock { $0.append(outcome) } }
}
