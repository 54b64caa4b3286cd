// SPDX-License-Identifier: Apache-2.0

/// What one reading of a target found.
public struct Accounts: Hashable, Sendable {
    /// Whom the reading covers.
    public let scope: Scope
    /// Accounts that carry a marker of anybody's, and accounts that have a wanted name, ascending by name.
    public let accounts: [Account]
    /// IAM logins without a marker, ascending.
    ///
    /// Only a reading of everyone lists them.
    public let unmarkedIAMLogins: [AccountName]
    /// The roles asked for, by name.
    ///
    /// A role that is not here does not exist.
    public let roles: [RoleName: RoleFacts]
    /// Other accounts that the server may take for the one of that name when somebody logs in, in the engine's words:
    /// `'ann'@'10.0.0.%'`.
    ///
    /// For the names asked for and for the accounts found.
    public let shadows: [AccountName: [String]]
    /// Figures over the whole target, whatever the scope.
    public let counts: TargetCounts
    /// Things about the target that people should know, in the engine's words: a holder of the lock that was ended, say.
    public let notices: [String]

    /// A reading of a target, its parts in any order.
    public init(
        scope: Scope,
        accounts: some Sequence<Account>,
        unmarkedIAMLogins: some Sequence<AccountName> = [],
        roles: [RoleName: RoleFacts],
        shadows: [AccountName: [String]] = [:],
        counts: TargetCounts,
        notices: [String] = []
    ) {
        self.scope = scope
        self.accounts = Self.ascending(Array(accounts))
        self.unmarkedIAMLogins = unmarkedIAMLogins.sorted()
        self.roles = roles
        self.shadows = shadows
        self.counts = counts
        self.notices = notices
    }

    /// Numbers are moved about, not accounts, which are large.
    private static func ascending(_ accounts: [Account]) -> [Account] {
        accounts.indices.sorted { accounts[$0].name < accounts[$1].name }.map { accounts[$0] }
    }
}

/// A role that groups are mapped to, as it was found in the database.
public struct RoleFacts: Hashable, Sendable, Codable {
    /// Why the role is privileged, in the engine's words: `inherits pg_execute_server_program`.
    ///
    /// Nil if it is not.
    public let privilegedBecause: String?
    /// Why the provisioner cannot grant it, with the statement that mends it.
    ///
    /// Nil if it can.
    public let ungrantableBecause: String?

    /// A role as it was found.
    public init(privilegedBecause: String? = nil, ungrantableBecause: String? = nil) {
        self.privilegedBecause = privilegedBecause
        self.ungrantableBecause = ungrantableBecause
    }
}

/// Figures over all accounts of a target that this deployment manages, whatever the scope of the reading.
public struct TargetCounts: Hashable, Sendable, Codable {
    /// Accounts that are in use: marked active.
    public let managedActive: Int
    /// Accounts that were locked or lost a role within the brake's window, without a release by hand.
    public let recentlyReduced: Int
    /// Those of ``recentlyReduced`` that are locked now, and so are not in ``managedActive``.
    public let recentlyLocked: Int
    /// Accounts that were created or restored within the brake's window.
    public let recentlyJoined: Int

    /// Figures over all managed accounts of a target.
    public init(managedActive: Int, recentlyReduced: Int = 0, recentlyLocked: Int = 0, recentlyJoined: Int = 0) {
        self.managedActive = managedActive
        self.recentlyReduced = recentlyReduced
        self.recentlyLocked = recentlyLocked
        self.recentlyJoined = recentlyJoined
    }
}

extension TargetCounts {
    /// Counts markers of one deployment.
    ///
    /// A time in the future is taken for recent: a clock that is wrong must not loosen the brake.
    ///
    /// - Parameters:
    ///   - markers: The markers of this deployment and directory, and of no other.
    ///   - windowStart: When the brake's window began.
    public init(markers: some Sequence<Marker>, windowStart: Timestamp) {
        var tally = MarkerTally(windowStart: windowStart)
        for marker in markers { tally.add(marker) }
        self = tally.counts
    }
}

extension Marker {
    /// Since when a locked account is locked.
    ///
    /// Where somebody has unlocked it in between, its quarantine began anew.
    package var lockedAt: Timestamp { max(reduced ?? asOf, asOf) }

    /// Whether the account lost something since then that counts for the brake.
    public func wasReduced(since start: Timestamp) -> Bool {
        guard let reduced, !isReleased else { return false }
        return reduced > start
    }
}
