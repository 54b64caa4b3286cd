// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore
internal import Synchronization

/// A database server in memory, which can be told to fail.
///
///     let database = InMemoryDatabase(server: InMemoryServer(roles: ["readonly": RoleFacts()]))
///     database.update { state in
///         state.server.logins["alice"]?.sessions = 2
///         state.failure = { $0.account == "bob" ? SyncError(.server, "refused") : nil }
///     }
public final class InMemoryDatabase: DatabaseProvisioner {
    /// All that there is to know and to change about the database.
    public struct State: Sendable {
        /// What is in the database.
        public var server: InMemoryServer
        /// The run that holds the lock; nil if none does.
        public var lockHolder: String?
        /// Why no session can be opened; nil if one can.
        public var openFailure: SyncError?
        /// Why nothing can be read; nil if it can.
        public var inspectionFailure: SyncError?
        /// Why an operation fails; nil for one that is tried.
        public var failure: @Sendable (Operation) -> SyncError? = { _ in nil }
        /// Why an operation fails the target as a whole, as a lost connection does; nil for one that is tried.
        public var fatalFailure: @Sendable (Operation) -> SyncError? = { _ in nil }
        /// What was asked for, in order.
        public fileprivate(set) var requests: [InspectionRequest] = []
        /// What was done, in order.
        public fileprivate(set) var done: [Operation] = []
        /// What was opened, in order.
        public fileprivate(set) var accesses: [SessionAccess] = []
        /// Sessions that are open now.
        public fileprivate(set) var openSessions = 0
    }

    private let storage: Mutex<State>

    /// A database.
    public init(server: InMemoryServer = InMemoryServer()) { storage = Mutex(State(server: server)) }

    /// A copy of all there is to know.
    public var state: State { storage.withLock { $0 } }

    /// What is in the database.
    public var server: InMemoryServer { state.server }

    /// Changes the database, as somebody else does.
    public func update<Result: Sendable>(_ body: (inout sending State) -> sending Result) -> Result {
        storage.withLock(body)
    }

    /// Opens a session; one that writes waits for the lock as long as it is told to.
    public func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession {
        let patience = ContinuousClock.now.advanced(by: .seconds(access.lockWait))
        let end = min(patience, access.deadline)
        while true {
            do {
                return try open(access)
            } catch let error as SyncError where error.code == .busy && ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    private func open(_ access: SessionAccess) throws -> InMemorySession {
        try storage.withLock { state in
            if let failure = state.openFailure { throw failure }
            if access.kind == .writing {
                if let holder = state.lockHolder { throw SyncError(.busy, "run \(holder) holds the lock") }
                state.lockHolder = access.runId
            }
            state.accesses.append(access)
            state.openSessions += 1
            return InMemorySession(database: self, access: access, dialect: state.server.dialect)
        }
    }

    fileprivate func inspect(_ request: InspectionRequest) throws -> Accounts {
        try storage.withLock { state in
            state.requests.append(request)
            if let failure = state.inspectionFailure { throw failure }
            return state.server.inspect(request)
        }
    }

    fileprivate func apply(_ operation: Operation) throws -> OperationOutcome {
        try storage.withLock { state in
            if let failure = state.fatalFailure(operation) { throw failure }
            if let failure = state.failure(operation) { return OperationOutcome(operation, .failed(failure)) }
            let sessions = state.server.logins[operation.account]?.sessions ?? 0
            do throws(SyncError) {
                try state.server.apply(operation)
            } catch {
                return OperationOutcome(operation, .failed(error))
            }
            state.done.append(operation)
            return OperationOutcome(operation, .done, sessionsEnded: operation.endsSessions ? sessions : 0)
        }
    }

    fileprivate func close(_ access: SessionAccess) {
        storage.withLock { state in
            state.openSessions -= 1
            if access.kind == .writing { state.lockHolder = nil }
        }
    }
}

/// A session with an ``InMemoryDatabase``.
private final class InMemorySession: ProvisioningSession {
    let dialect: Dialect
    private let database: InMemoryDatabase
    private let access: SessionAccess
    private let isOpen = Mutex(true)

    init(database: InMemoryDatabase, access: SessionAccess, dialect: Dialect) {
        self.database = database
        self.access = access
        self.dialect = dialect
    }

    func inspect(_ request: InspectionRequest) async throws -> Accounts {
        try checkIsOpen()
        return try database.inspect(request)
    }

    func apply(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        report: @Sendable (OperationOutcome) -> Void
    ) async throws {
        try checkIsOpen()
        guard access.kind == .writing else {
            throw SyncError(.readOnly, "the session was opened for reading and holds no lock")
        }
        for operation in operations {
            try Task.checkCancellation()
            guard ContinuousClock.now < deadline else {
                report(OperationOutcome(operation, .failed(SyncError(.timeout, "the deadline passed"))))
                continue
            }
            report(try database.apply(operation))
        }
    }

    func script(for operations: [Operation]) async throws -> [String] {
        operations.map { "\($0.label) \($0.account)" }
    }

    func close() async {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { database.close(access) }
    }

    private func checkIsOpen() throws {
        guard isOpen.withLock({ $0 }) else { throw SyncError(.connectionLost, "the session is closed") }
    }
}
