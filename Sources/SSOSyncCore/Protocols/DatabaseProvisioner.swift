// SPDX-License-Identifier: Apache-2.0

/// A database server whose accounts can be read and changed.
///
/// ## Implementation guidance
/// `SSOSyncTesting` has a conformance suite that proves the contract of this protocol and of ``ProvisioningSession``.
public protocol DatabaseProvisioner: Sendable {
    /// Connects, with the server verified before any secret leaves.
    ///
    /// - Parameter access: What the session is for. A session that writes holds the target's lock until it is closed.
    /// - Returns: A session, to be closed by the caller.
    /// - Throws: ``SyncError``; with ``SyncError/Code/busy`` if another writer holds the lock.
    func openSession(_ access: SessionAccess) async throws -> any ProvisioningSession
}

/// What a session is for.
public struct SessionAccess: Hashable, Sendable {
    /// Whether the session changes anything.
    public enum Kind: Hashable, Sendable {
        /// Takes no lock and changes nothing.
        case reading
        /// Holds the target's lock from before the first reading until the session is closed.
        case writing
    }

    /// Whether the session changes anything.
    public let kind: Kind
    /// The run's id, under which the session shows on the server.
    public let runId: String
    /// How long to wait for another writer to finish, in seconds.
    public let lockWait: Int
    /// When to give up opening the session, waiting for another writer included.
    public let deadline: ContinuousClock.Instant
    /// What the session will be asked to read first, but for the names, which nobody knows yet; nil if nothing of it is known.
    ///
    /// Whoever gains time by it may read that much under the lock as soon as the session is open: the directory is being read
    /// meanwhile. What is asked for after all decides, and it may come some seconds later, or be something else.
    public let expected: InspectionRequest?

    /// What a session is for.
    public init(
        _ kind: Kind,
        runId: String,
        lockWait: Int = 0,
        deadline: ContinuousClock.Instant,
        expected: InspectionRequest? = nil
    ) {
        self.kind = kind
        self.runId = runId
        self.lockWait = lockWait
        self.deadline = deadline
        self.expected = expected
    }
}

/// A connection to a target over which accounts are read and changed.
public protocol ProvisioningSession: Sendable {
    /// What the planner has to know of the engine.
    var dialect: Dialect { get }

    /// Reads accounts, roles and figures.
    ///
    /// The task is cancelled when the time of a target is up, and all others wait until this has ended: it has to notice soon.
    ///
    /// - Parameter request: Whom and what to read.
    /// - Returns: All that was asked for.
    /// - Throws: ``SyncError`` if anything could not be read.
    func inspect(_ request: InspectionRequest) async throws -> Accounts

    /// Runs operations that are independent of each other.
    ///
    /// Every operation is reported once, when it is known how it ended; what is reported as done is durable. An operation
    /// that fails does not keep the others from being done.
    ///
    /// - Parameters:
    ///   - operations: Operations of one phase.
    ///   - deadline: When to stop. What is not done by then is reported as failed.
    ///   - report: Is called for each operation.
    /// - Throws: ``SyncError`` if the target itself failed: then the operations that were not reported were not done, or
    ///   it is not known whether they were.
    func apply(
        _ operations: [Operation],
        until deadline: ContinuousClock.Instant,
        report: @Sendable (OperationOutcome) -> Void
    ) async throws

    /// What ``apply(_:until:report:)`` would run, for people to read.
    func script(for operations: [Operation]) async throws -> [String]

    /// Lets go of the lock and disconnects.
    func close() async
}

/// What a session is asked to read.
public struct InspectionRequest: Hashable, Sendable {
    /// The deployment whose accounts count as ours.
    public let owner: DeploymentOwner
    /// The directory whose people's accounts count as ours.
    public let directory: DirectoryId
    /// Whom to read.
    public let scope: Scope
    /// Names that somebody is to have: accounts of these names, and marked ones whose names differ from them in case alone,
    /// are read, whosever they are.
    public let names: Set<AccountName>
    /// Roles that groups are mapped to.
    public let roles: Set<RoleName>
    /// Managed holders of these roles are read besides the scope: whoever left a group may still hold its roles.
    public let holdersOf: Set<RoleName>
    /// Since when reductions and joins count for the brake.
    public let windowStart: Timestamp
    /// Accounts that were locked by then are read with what keeps them from being dropped; nil to read that of none.
    public let blockersOfLockedBefore: Timestamp?

    /// What a session is asked to read.
    public init(
        owner: DeploymentOwner,
        directory: DirectoryId,
        scope: Scope,
        names: Set<AccountName>,
        roles: Set<RoleName>,
        holdersOf: Set<RoleName> = [],
        windowStart: Timestamp,
        blockersOfLockedBefore: Timestamp? = nil
    ) {
        self.owner = owner
        self.directory = directory
        self.scope = scope
        self.names = names
        self.roles = roles
        self.holdersOf = holdersOf
        self.windowStart = windowStart
        self.blockersOfLockedBefore = blockersOfLockedBefore
    }
}
