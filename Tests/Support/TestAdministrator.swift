// SPDX-License-Identifier: Apache-2.0

/// A superuser's session, past everything that is tested, in words that hold for every engine.
///
/// It does what others do to a server by hand: administrators who know nothing of us, and people who mean harm.
package protocol TestAdministrator: Sendable {
    /// All accounts and roles.
    func state() async throws -> ServerState

    /// Removes every account that carries a marker.
    func dropMarkedAccounts() async throws

    /// Disconnects.
    func close() async
}
