// SPDX-License-Identifier: Apache-2.0

package import SSOSyncCore

/// A superuser's session, past everything that is tested, in words that hold for every engine.
///
/// It does what others do to a server by hand: administrators who know nothing of us, and people who mean harm.
package protocol TestAdministrator: Sendable {
    /// All accounts and roles.
    func state() async throws -> ServerState

    /// How many sessions an account has on the writer.
    func sessions(of account: AccountName) async throws -> Int

    /// Whether a session of an account is in the middle of a ``TestSession/sleep(seconds:)``.
    func isAsleep(_ account: AccountName) async throws -> Bool

    /// What stays the same for as long as an account exists, whatever becomes of its name, and is no other account's.
    func identity(of account: AccountName) async throws -> String

    /// Disconnects.
    func close() async

    // MARK: Accounts and roles

    /// Makes a role that nobody can log in as.
    func createRole(_ role: RoleName) async throws

    /// Makes an account without a marker, with roles that are active when it logs in.
    func createAccount(_ account: AccountName, _ login: ForeignLogin, roles: [RoleName]) async throws

    /// Removes an account or a role, if it is there.
    func drop(_ account: AccountName) async throws

    /// Removes every account that carries a marker.
    func dropMarkedAccounts() async throws

    /// Lets an account log in, or no longer.
    func setLogin(_ isAllowed: Bool, of account: AccountName) async throws

    /// Grants a role, with the right to grant it on or without.
    func grant(_ role: RoleName, to member: AccountName, withAdmin: Bool) async throws

    /// Grants a role in the name of somebody who may grant it on.
    func passOn(_ role: RoleName, from giver: AccountName, to member: AccountName, withAdmin: Bool) async throws

    /// Adds the right to grant a role on to what we have granted.
    func letPassOn(_ role: RoleName, by account: AccountName) async throws

    /// Gives a right that our accounts never have, in the engine's word for it.
    func give(_ right: String, to account: AccountName) async throws

    /// Takes such a right away again.
    func take(_ right: String, from account: AccountName) async throws

    /// Makes a database that an account may be in.
    func createDatabase(_ name: String, for account: AccountName) async throws

    // MARK: Markers

    /// Writes a text where an account's marker stands.
    func writeMarker(_ text: String, on account: AccountName) async throws

    /// Does away with an account's marker, as somebody may who does not know what it is.
    ///
    /// - Parameter comment: What they note instead; nil for nothing.
    func overwriteMarker(of account: AccountName, with comment: String?) async throws

    // MARK: Objects

    /// Makes a function that belongs to an account and runs with its rights, whoever calls it.
    func makeObject(_ name: String, ownedBy account: AccountName) async throws

    /// Whom such a function belongs to.
    func owner(ofObject name: String) async throws -> AccountName?

    // MARK: Getting in the way

    /// Changes accounts in a transaction that stays open, so that others who want to change them wait.
    func hold(_ accounts: [AccountName]) async throws

    /// Undoes that.
    func letGo() async throws

    /// Whether the provisioner waits for somebody else's transaction.
    func isProvisionerWaiting() async throws -> Bool

    /// How many sessions wait for the provisioner's lock.
    func waitersForProvisionerLock() async throws -> Int

    /// Makes the server take no writes, or takes that back.
    func setReadOnly(_ isOn: Bool) async throws
}

extension TestAdministrator {
    /// Grants a role.
    package func grant(_ role: RoleName, to member: AccountName) async throws {
        try await grant(role, to: member, withAdmin: false)
    }
}

/// How an account logs in that is none of ours.
package enum ForeignLogin: Sendable {
    /// By IAM token, as ours do.
    case token
    case password(String)
}
