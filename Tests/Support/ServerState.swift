// SPDX-License-Identifier: Apache-2.0

package import SSOSyncCore

/// An account or a role as the superuser sees it.
package struct AccountState: Hashable, Sendable {
    package let name: AccountName
    package let canLogIn: Bool
    package let usesIAM: Bool
    /// The roles that it is a member of, without one that only makes it an IAM login.
    package let roles: Set<String>
    /// Those of the roles that the engine records as granted by somebody else than this deployment.
    package let rolesFromOthers: Set<String>
    /// The rights that our accounts never have, in the engine's words.
    package let attributes: String
    /// The text that stands where a marker would stand.
    package let markerText: String
    /// Whatever else the engine records, in its own words, for telling whether anything was touched.
    package let details: [String]
    /// What the text reads as, if it is a marker.
    package let marker: Marker?

    package init(
        name: AccountName,
        canLogIn: Bool,
        usesIAM: Bool,
        roles: Set<String>,
        rolesFromOthers: Set<String>,
        attributes: String,
        markerText: String,
        details: [String]
    ) {
        self.name = name
        self.canLogIn = canLogIn
        self.usesIAM = usesIAM
        self.roles = roles
        self.rolesFromOthers = rolesFromOthers
        self.attributes = attributes
        self.markerText = markerText
        self.details = details
        if case .marker(let found) = MarkerReading(markerText) { marker = found } else { marker = nil }
    }

    /// Everything but times, for comparing what two ways of getting somewhere come to.
    package var summary: String {
        let who =
            marker.map { "\($0.user) \($0.state) \($0.records(name) ? "" : "RECORDS ANOTHER NAME")" } ?? "unmarked"
        return "\(name): login \(canLogIn), IAM \(usesIAM), \(roles.sorted()), \(who) \(attributes)"
    }
}

/// All accounts and roles of a server but those that the engine makes itself and our owner roles, by name.
package struct ServerState: Hashable, Sendable {
    package let accounts: [AccountName: AccountState]

    package init(_ accounts: some Sequence<AccountState>) {
        self.accounts = Dictionary(accounts.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    package subscript(name: AccountName) -> AccountState? { accounts[name] }

    /// The accounts that are marked for a person, ascending by name.
    package func accounts(of user: UserId) -> [AccountState] {
        marked.filter { $0.marker?.user == user }
    }

    /// The accounts that carry a readable marker, ascending by name.
    package var marked: [AccountState] {
        accounts.values.filter { $0.marker != nil }.sorted { $0.name < $1.name }
    }

    /// All accounts and roles without a readable marker.
    package var unmarked: [AccountName: AccountState] { accounts.filter { $0.value.marker == nil } }

    /// A line for each, ascending.
    package var summary: [String] { accounts.values.map(\.summary).sorted() }
}
