// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

extension OwnerRoles {
    /// Refuses to work with owner roles whose rights the login inherits, and which it may not switch to: what it makes then
    /// belongs to the login.
    func checkMaySwitch(_ catalogue: Catalogue, _ facts: ServerFacts, place: String) throws {
        let switchable = Set(catalogue.memberships(of: facts.loginId).filter(\.canSet).map(\.role))
        let closed = ids.filter { !switchable.contains($0) }.compactMap { names[$0] }
        guard !closed.isEmpty else { return }
        let roles = closed.map(quotedForPeople).joined(separator: ", ")
        throw SyncError(
            .privilege,
            "\(facts.login) may not switch to owner role \(closed.joined(separator: ", ")) on \(place): "
                + "run GRANT \(roles) TO \(quotedForPeople(facts.login)) WITH ADMIN FALSE, INHERIT FALSE, SET TRUE, "
                + "or sso-sync bootstrap"
        )
    }
}
