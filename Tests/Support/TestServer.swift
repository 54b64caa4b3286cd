// SPDX-License-Identifier: Apache-2.0

package import SSOSyncCore

/// A real database server of a test's own, in words that hold for every engine.
///
/// The suites speak to servers in these words, so that what one engine proves the others prove as well. What there is in
/// one engine only, the engine's own server does, and the tests that are about it.
package protocol TestServer: Sendable {
    associatedtype Session: TestSession
    associatedtype Administrator: TestAdministrator

    /// Which engine, in which version.
    var engine: TestEngine { get }
    /// The server as `dev/servers` knows it.
    var process: ServerProcess { get }

    // MARK: The provisioner

    /// Makes the mapped roles and the provisioner, as the master user would.
    ///
    /// - Parameters:
    ///   - roles: Roles that groups are mapped to.
    ///   - capacity: For how many accounts there is to be room.
    func bootstrap(roles: [RoleName], capacity: Int) async throws

    /// Takes a right away, at once, without which the provisioner can admit nobody to a role.
    func hinderAdmission(to role: RoleName) async throws

    /// Gives that right back.
    func allowAdmission(to role: RoleName) async throws

    /// A provisioner of this server.
    func provisioner(_ settings: ProvisionerSettings) -> any DatabaseProvisioner

    /// Grants a role as the master user, who is no superuser.
    func grantAsMaster(_ role: RoleName, to account: AccountName) async throws

    // MARK: People

    /// Logs in by IAM token, as a person would.
    ///
    /// - Parameters:
    ///   - account: Whose account.
    ///   - standby: Whether to log in to the standby.
    ///   - database: The database to be in; nil for the usual one.
    func logIn(as account: AccountName, standby: Bool, database: String?) async throws -> Session

    /// Logs in by password, as others may.
    func logIn(as account: AccountName, password: Secret) async throws -> Session

    // MARK: What a superuser sees

    /// Opens a session of a superuser.
    func openAdministrator() async throws -> Administrator

    /// The roles that an account is a member of, without one that only makes it an IAM login, ascending.
    func rolesHeld(by account: AccountName) async throws -> [String]

    /// Whether the server would let the account log in, without trying; nil if there is no such account.
    func mayLogIn(_ account: AccountName, standby: Bool) async throws -> Bool?

    /// How many sessions the accounts have on an instance.
    func sessions(of accounts: [AccountName], standby: Bool) async throws -> Int

    /// Keeps the standby from replaying what the writer changes, or lets it go on.
    func replay(_ goesOn: Bool) async throws

    /// Makes the server log every statement of every session.
    func logStatements() async throws

    /// The statements in the log by which a login has changed something, or tried to.
    func changes(by login: String) async throws -> [String]
}

extension TestServer {
    package var port: Int { process.port }
    package var standbyPort: Int { process.standbyPort }
    package var hasStandby: Bool { standbyPort != 0 }
    package var authority: String { process.authority }
    /// An authority that signed nothing.
    package var otherAuthority: String { process.otherAuthority }

    /// Stops and removes it.
    package func drop() async throws { try await process.drop() }

    /// Sends a signal to the server and all its backends.
    package func signal(_ signal: String, standby: Bool = false) async throws {
        try await process.signal(signal, standby: standby)
    }

    /// Starts it again after it was killed.
    package func restart(standby: Bool = false) async throws { try await process.restart(standby: standby) }

    /// Logs in by IAM token, as a person would.
    package func logIn(as account: AccountName, standby: Bool = false) async throws -> Session {
        try await logIn(as: account, standby: standby, database: nil)
    }

    /// Logs in to the writer by IAM token, and is in a database there.
    package func logIn(as account: AccountName, database: String) async throws -> Session {
        try await logIn(as: account, standby: false, database: database)
    }
}
