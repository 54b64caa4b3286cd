// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import SSOSyncTesting
import Testing

@Suite("The in-memory parts")
struct InMemoryPartsTests {
    private let database = InMemoryDatabase(server: InMemoryServer(roles: ["r1": RoleFacts(), "r2": RoleFacts()]))

    @Test func `the in-memory database keeps the contract of a provisioner`() async throws {
        let suite = ProvisionerConformance(database, owner: World.owner, roles: ["r1", "r2"])
        try await suite.checkAll()
        #expect(database.server.logins.isEmpty)
        #expect(database.state.openSessions == 0)
    }

    @Test(arguments: BrokenProvisioner.Defect.allCases)
    func `the suite finds a provisioner that breaks the contract`(defect: BrokenProvisioner.Defect) async {
        let suite = ProvisionerConformance(
            BrokenProvisioner(database: database, defect: defect),
            owner: World.owner,
            roles: ["r1", "r2"]
        )
        await #expect(throws: (any Error).self) { try await suite.checkAll() }
    }

    @Test func `a session for reading applies nothing`() async throws {
        let access = SessionAccess(.reading, runId: "1", deadline: .now.advanced(by: .seconds(9)))
        let session = try await database.openSession(access)
        await #expect(throws: SyncError.self) { try await session.apply([], until: .now) { _ in } }
        await session.close()
        await #expect(throws: SyncError.self) {
            try await session.inspect(World(members: [:]).request(.everyone))
        }
    }

    @Test func `an operation that fails changes nothing`() {
        var server = database.server
        server.logins["ann"] = InMemoryLogin()
        let before = server
        let impossible: [Operation] = [
            Operation(account: "ann", user: "1", action: .create(roles: [])),
            Operation(account: "ann", user: "1", action: .restore(roles: ["r1", "gone"])),
            Operation(account: "ann", user: "1", action: .drop),
            Operation(account: "ben", user: "1", action: .lock),
            Operation(account: "ann", user: "1", action: .rename(to: "rdsadmin")),
            Operation(account: "ann", user: "1", action: .rename(to: "ann")),
            Operation(account: "ben", user: "1", action: .create(roles: ["r1", "gone"])),
        ]
        for operation in impossible {
            #expect(throws: SyncError.self) { try server.apply(operation) }
            #expect(server == before, "\(operation.label)")
        }
    }

    @Test func `the in-memory directory answers for whom it is asked`() async throws {
        let directory = InMemoryDirectory(
            id: "d-1",
            now: World.start,
            people: ["1", "2", "3"].map { Person(id: $0, accountName: nil) },
            groups: [DirectoryGroup(id: "g", name: "G", members: ["1", "2"])]
        )
        let groups = [DirectoryRequest.Group(name: "G", pinnedId: "g")]
        let all = try await directory.directory(DirectoryRequest(groups: groups, scope: .everyone))
        #expect(all.groups["G"]?.members == ["1", "2"] && all.people.count == 3 && all.asOf == World.start)
        let some = try await directory.directory(DirectoryRequest(groups: groups, scope: .people(["2", "gone"])))
        #expect(some.groups["G"]?.members == ["2"] && some.people.map(\.id) == ["2"])
    }

    @Test(arguments: ["missing", "other id", "two"])
    func `the in-memory directory throws rather than leave a group out`(trouble: String) async {
        let directory = InMemoryDirectory(id: "d-1", now: World.start)
        if trouble != "missing" {
            directory.update { $0.add(DirectoryGroup(id: "g2", name: "G", members: [])) }
        }
        if trouble == "two" { directory.update { $0.add(DirectoryGroup(id: "g", name: "G", members: [])) } }
        let request = DirectoryRequest(groups: [DirectoryRequest.Group(name: "G", pinnedId: "g")], scope: .everyone)
        let error = await #expect(throws: SyncError.self) { try await directory.directory(request) }
        #expect(error?.code == (trouble == "two" ? .source : .groupMissing))
    }
}

/// A provisioner that breaks the contract in one way.
struct BrokenProvisioner: DatabaseProvisioner {
    enum Defect: CaseIterable {
        case forgetsMarkers, forgetsRoles, reportsTwice, reportsNothing, doesNothing, takesNoLock, stopsAtFailures,
            losesWhatIsNotClosed, locksNobody, readsWhatWasExpected, readsNoNamesIfToldEarly, readsOnceIfToldEarly
    }
    let database: InMemoryDatabase
    let defect: Defect

    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        let access =
            defect == .takesNoLock
            ? SessionAccess(.reading, runId: access.runId, deadline: access.deadline) : access
        let session = try await database.openSession(access)
        return Session(session: session, database: database, defect: defect, expected: access.expected)
    }

    struct Session: ProvisioningSession {
        let session: any ProvisioningSession
        let database: InMemoryDatabase
        let defect: Defect
        let expected: InspectionRequest?
        let readings = Log<Accounts>()
        var dialect: Dialect { session.dialect }
        func script(for operations: [Operation]) async throws -> [String] { [] }
        func close() async { await session.close() }

        func apply(
            _ operations: [Operation],
            until deadline: ContinuousClock.Instant,
            report: @Sendable (OperationOutcome) -> Void
        ) async throws {
            for operation in operations {
                let before = database.server
                let log = Log<OperationOutcome>()
                if defect == .takesNoLock {
                    log.append(direct(operation))
                } else if defect == .doesNothing || (defect == .locksNobody && operation.action == .lock) {
                    log.append(OperationOutcome(operation, .done))
                } else {
                    try await session.apply([spoilt(operation)], until: deadline) { log.append($0) }
                }
                if defect == .losesWhatIsNotClosed { database.update { $0.server = before } }
                guard let outcome = log.values.first, defect != .reportsNothing else { continue }
                report(OperationOutcome(operation, outcome.result))
                if defect == .reportsTwice { report(OperationOutcome(operation, outcome.result)) }
                if defect == .stopsAtFailures, !outcome.isDone { throw SyncError(.server, "stopped") }
            }
        }

        func inspect(_ request: InspectionRequest) async throws -> Accounts {
            guard let expected else { return try await session.inspect(request) }
            switch defect {
            case .readsWhatWasExpected: return try await session.inspect(expected.with(names: request.names))
            case .readsNoNamesIfToldEarly where expected.scope == request.scope:
                return try await session.inspect(request.with(names: []))
            case .readsOnceIfToldEarly:
                if let first = readings.values.first { return first }
                readings.append(try await session.inspect(request))
                return readings.values[0]
            default: return try await session.inspect(request)
            }
        }

        private func direct(_ operation: Operation) -> OperationOutcome {
            database.update { state in
                do throws(SyncError) {
                    try state.server.apply(operation)
                    return OperationOutcome(operation, .done)
                } catch {
                    return OperationOutcome(operation, .failed(error))
                }
            }
        }

        private func spoilt(_ operation: Operation) -> Operation {
            var (action, marker) = (operation.action, operation.marker)
            if defect == .forgetsMarkers { marker = nil }
            if defect == .forgetsRoles, case .create = action { action = .create(roles: []) }
            return Operation(account: operation.account, user: operation.user, action: action, marker: marker)
        }
    }
}

extension InspectionRequest {
    fileprivate func with(names: Set<AccountName>) -> InspectionRequest {
        InspectionRequest(
            owner: owner,
            directory: directory,
            scope: scope,
            names: names,
            roles: roles,
            holdersOf: holdersOf,
            windowStart: windowStart,
            blockersOfLockedBefore: blockersOfLockedBefore
        )
    }
}
