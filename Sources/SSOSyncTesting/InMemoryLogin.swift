// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// A login account of an ``InMemoryServer``, to be changed at will.
public struct InMemoryLogin: Hashable, Sendable {
    /// What stands where a marker would stand.
    public var marker: MarkerReading
    /// Whether the server lets the account log in.
    public var canLogIn: Bool
    /// Whether it logs in with an IAM token.
    public var usesIAM: Bool
    /// Attributes that a provisioner never gives.
    public var foreignAttributes: [String]
    /// Why the provisioner cannot change the account; nil if it can.
    public var unmanageableBecause: String?
    /// Its roles.
    public var memberships: [Membership]
    /// Its open sessions.
    public var sessions: Int
    /// What keeps it from being dropped.
    public var blockers: [DropBlocker]

    /// An account, by default one that somebody else made: it carries no marker.
    public init(
        marker: MarkerReading = .none,
        canLogIn: Bool = true,
        usesIAM: Bool = true,
        foreignAttributes: [String] = [],
        unmanageableBecause: String? = nil,
        memberships: [Membership] = [],
        sessions: Int = 0,
        blockers: [DropBlocker] = []
    ) {
        self.marker = marker
        self.canLogIn = canLogIn
        self.usesIAM = usesIAM
        self.foreignAttributes = foreignAttributes
        self.unmanageableBecause = unmanageableBecause
        self.memberships = memberships
        self.sessions = sessions
        self.blockers = blockers
    }

    /// The account as an inspection shows it.
    func account(named name: AccountName, showsBlockers: Bool) -> Account {
        Account(
            name: name,
            marker: marker,
            canLogIn: canLogIn,
            usesIAM: usesIAM,
            foreignAttributes: foreignAttributes,
            unmanageableBecause: unmanageableBecause,
            memberships: memberships,
            sessions: sessions,
            blockers: showsBlockers ? blockers : []
        )
    }

    /// The marker, if it is one of this deployment and directory.
    func marker(of owner: DeploymentOwner, _ directory: DirectoryId) -> Marker? {
        guard case .marker(let marker) = marker, marker.owner == owner, marker.directory == directory else {
            return nil
        }
        return marker
    }

    mutating func grant(_ roles: [RoleName], by grantor: String) {
        for role in roles {
            // A server keeps one membership for each role and grantor.
            memberships.removeAll { $0.role == role && $0.grantor == grantor }
            memberships.append(Membership(role: role, grantor: grantor))
        }
    }
}
