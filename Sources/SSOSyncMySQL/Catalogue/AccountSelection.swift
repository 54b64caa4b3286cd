// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The accounts of a catalogue that an inspection is to have, and the figures over all of them.
struct AccountSelection: Sendable {
    let reading: CatalogueReading
    let request: InspectionRequest
    let configuration: MySQLConfiguration
    private let now: Timestamp
    private let names: Set<RoleName>
    private let anonymous: [AccountId]
    /// One entry for each name, and the others of the same user.
    private let selected: [Selected]

    private struct Selected {
        let entry: Catalogue.Entry
        /// Its copies for other hosts.
        let copies: [Catalogue.Entry]
        let marker: MarkerReading
        let shadows: [String]
        var name: AccountName { AccountName(entry.id.user.rawValue) }
    }

    init(
        _ reading: CatalogueReading,
        request: InspectionRequest,
        configuration: MySQLConfiguration,
        now: Timestamp = .now
    ) {
        (self.reading, self.request, self.configuration, self.now) = (reading, request, configuration, now)
        let names = Self.names(reading.catalogue, request)
        let anonymous = (reading.catalogue.placesByUser[""] ?? []).map { reading.catalogue.entries[$0].id }
            .filter { $0.host != "%" }
        (self.names, self.anonymous) = (names, anonymous)
        selected = names.compactMap { user in
            Self.select(user, reading, request, host: configuration.accountHost, anonymous: anonymous)
        }
        var shadows: [AccountName: [String]] = [:]
        for name in request.names {
            let others = Self.others(
                of: RoleName(name.rawValue),
                than: nil,
                reading,
                host: configuration.accountHost,
                anonymous: anonymous
            )
            if !others.isEmpty { shadows[name] = others }
        }
        for account in selected { shadows[account.name] = account.shadows.isEmpty ? nil : account.shadows }
        self.shadows = shadows
    }

    private let shadows: [AccountName: [String]]

    // MARK: Which

    /// The users that an inspection is to have, as far as they are there.
    static func names(_ catalogue: Catalogue, _ request: InspectionRequest) -> Set<RoleName> {
        var names: Set<RoleName> = []
        let folded = request.scope == .everyone ? [] : Set(request.names.map(\.folded))
        let holders = holders(catalogue, request)
        for entry in catalogue.entries where entry.marker != .none {
            let isWanted = isInScope(entry.marker, request) || holders.contains(entry.id)
            if isWanted || folded.contains(AccountName(entry.id.user.rawValue).folded) { names.insert(entry.id.user) }
        }
        for name in request.names where catalogue.placesByUser[RoleName(name.rawValue)] != nil {
            names.insert(RoleName(name.rawValue))
        }
        return names
    }

    /// All whose roles matter to an inspection of some people: their accounts, the provisioner, and the roles that these
    /// have or may get, since roles may hold others.
    static func members(_ catalogue: Catalogue, _ request: InspectionRequest, _ facts: ServerFacts) -> Set<AccountId> {
        let accounts = names(catalogue, request).flatMap { catalogue.placesByUser[$0] ?? [] }
            .map { catalogue.entries[$0].id }
        let roles = facts.mandatoryRoles + request.roles.map { AccountId(role: $0) }
        return catalogue.heldRoles.union(accounts).union(roles).union([facts.login])
    }

    private static func isInScope(_ reading: MarkerReading, _ request: InspectionRequest) -> Bool {
        switch (reading, request.scope) {
        case (_, .everyone): true
        case (.marker(let marker), .people(let people)): marker.owner == request.owner && people.contains(marker.user)
        default: false
        }
    }

    private static func holders(_ catalogue: Catalogue, _ request: InspectionRequest) -> Set<AccountId> {
        let roles = Set(request.holdersOf.map { AccountId(role: $0) })
        guard !roles.isEmpty else { return [] }
        return Set(catalogue.edges.filter { $0.value.contains { roles.contains($0.role) } }.keys)
    }

    /// The entry that a name means: ours rather than others', then the one with the configured host.
    ///
    /// Nil if there is none but with other hosts that are not ours: then the name is free, and in their shadow.
    private static func select(
        _ user: RoleName,
        _ reading: CatalogueReading,
        _ request: InspectionRequest,
        host: String,
        anonymous: [AccountId]
    ) -> Selected? {
        guard let entry = entry(user, reading, request, host: host) else { return nil }
        let shadows = others(of: user, than: entry.id, reading, host: entry.id.host.rawValue, anonymous: anonymous)
        let copies = copies(of: entry, reading)
        return Selected(entry: entry, copies: copies, marker: reading.marker(entry), shadows: shadows)
    }

    private static func entry(
        _ user: RoleName,
        _ reading: CatalogueReading,
        _ request: InspectionRequest,
        host: String
    ) -> Catalogue.Entry? {
        let configured = { (entry: Catalogue.Entry) in entry.id.host.rawValue == host }
        let places = reading.catalogue.placesByUser[user] ?? []
        if places.count == 1 {
            let entry = reading.catalogue.entries[places[0]]
            return entry.marker != .none || configured(entry) ? entry : nil
        }
        let entries = places.map { reading.catalogue.entries[$0] }
        let ours = entries.filter { entry in
            guard case .marker(let marker) = entry.marker else { return false }
            return marker.owner == request.owner && marker.directory == request.directory
        }
        return ours.first(where: configured) ?? ours.min(by: { $0.id < $1.id }) ?? entries.first(where: configured)
            ?? entries.filter { $0.marker != .none }.min(by: { $0.id < $1.id })
    }

    /// The other accounts of a user that carry the same marker: of one person, one directory and one deployment.
    ///
    /// Whoever is made anew as `SHOW CREATE USER` says takes the marker along to another host. The person who leaves has left
    /// all of them.
    private static func copies(of entry: Catalogue.Entry, _ reading: CatalogueReading) -> [Catalogue.Entry] {
        let places = reading.catalogue.placesByUser[entry.id.user] ?? []
        guard places.count > 1, case .marker(let own) = entry.marker else { return [] }
        return places.map { reading.catalogue.entries[$0] }.filter { other in
            guard other.id != entry.id, case .marker(let marker) = other.marker else { return false }
            return marker.owner == own.owner && marker.directory == own.directory && marker.user == own.user
        }
    }

    /// Accounts that the server may take for the one with this host when somebody logs in: it goes by hosts first
    /// (<https://dev.mysql.com/doc/refman/8.4/en/connection-access.html>).
    private static func others(
        of user: RoleName,
        than id: AccountId?,
        _ reading: CatalogueReading,
        host: String,
        anonymous: [AccountId]
    ) -> [String] {
        let own = id ?? AccountId(user: user.rawValue, host: host)
        let places = reading.catalogue.placesByUser[user] ?? []
        let same = places.map { reading.catalogue.entries[$0].id }.filter { $0.host != own.host }
        if same.isEmpty, anonymous.isEmpty { return [] }
        return (same + anonymous.filter { $0.host != own.host }).map(\.forPeople).sorted()
    }

    // MARK: What of them

    private func ourMarker(_ account: Selected) -> Marker? {
        guard case .marker(let marker) = account.marker, marker.owner == request.owner,
            marker.directory == request.directory
        else { return nil }
        return marker
    }

    /// What the provisioner has to know of one of them to change it.
    func known(_ name: AccountName) -> KnownAccount? {
        let (user, host) = (RoleName(name.rawValue), configuration.accountHost)
        guard names.contains(user) else { return nil }
        guard let selected = Self.select(user, reading, request, host: host, anonymous: anonymous) else { return nil }
        let entry = selected.entry
        var marker: Marker?
        if case .marker(let stored) = entry.marker { marker = stored }
        let edges = reading.catalogue.rolesHeld(by: entry.id)
        return KnownAccount(
            id: entry.id,
            twins: selected.copies.filter(\.usesIAM).map(\.id).sorted(),
            strangers: selected.copies.filter { !$0.usesIAM }.map(\.id).sorted(),
            marker: marker,
            notes: entry.notes,
            defaultRoles: reading.catalogue.defaultRoles[entry.id] ?? [],
            roles: Dictionary(edges.map { ($0.role.roleName, $0.role) }, uniquingKeysWith: { first, _ in first }),
            isLocked: entry.isLocked,
            mayOwnEvents: reading.eventOwners.contains(user)
        )
    }

    /// Accounts of ours that are locked, with for how many seconds: they are looked for on every instance.
    ///
    /// Of those that somebody else has locked it is not known, and counts as long ago: whoever tries to log in is not taken for one.
    var locked: [AccountName: Int64] {
        selected.reduce(into: [:]) { locked, account in
            guard let marker = ourMarker(account), marker.state == .locked || account.entry.isLocked else { return }
            let seconds = (now.millisecondsSince1970 - marker.lockedAt.millisecondsSince1970) / 1_000
            locked[account.name] = marker.state == .locked ? seconds : .max
        }
    }

    /// Figures over all accounts of ours, whatever the scope.
    private var counts: TargetCounts {
        var tally = MarkerTally(windowStart: request.windowStart)
        for entry in reading.catalogue.entries {
            guard case .marker(let marker) = entry.marker, marker.owner == request.owner,
                marker.directory == request.directory
            else { continue }
            tally.add(marker)
        }
        tally.addSettled(reading.catalogue.unsent)
        return tally.counts
    }

    private var unmarkedIAMLogins: [AccountName] {
        let login = reading.facts.login
        let names = reading.catalogue.entries
            .filter { $0.usesIAM && !$0.isLocked && $0.marker == .none && $0.id != login }
            .map { AccountName($0.id.user.rawValue) }
        return Array(Set(names))
    }

    /// - Parameter sessions: Of locked accounts; how many the others have is of no interest.
    func accounts(sessions: [AccountName: Int], notices: [String]) -> Accounts {
        var roles: [RoleName: RoleFacts] = [:]
        for name in request.roles { roles[name] = reading.roleFacts(name) }
        return Accounts(
            scope: request.scope,
            accounts: selected.map { account($0, sessions: sessions[$0.name] ?? 0) },
            unmarkedIAMLogins: request.scope == .everyone ? unmarkedIAMLogins : [],
            roles: roles,
            shadows: shadows,
            counts: counts,
            notices: notices
        )
    }

    private func account(_ selected: Selected, sessions: Int) -> Account {
        let entry = selected.entry
        let state = ourMarker(selected)?.state
        // Of somebody who has left it is not enough that one account is locked.
        let open = state == .locked || entry.isLocked ? selected.copies.filter { !$0.isLocked } : []
        let ours = state == .locked ? open.filter(\.usesIAM) : []
        return Account(
            name: selected.name,
            marker: selected.marker,
            canLogIn: !entry.isLocked || !ours.isEmpty,
            usesIAM: entry.usesIAM,
            foreignAttributes: reading.foreignAttributes(entry),
            unmanageableBecause: reading.unmanageable(entry),
            memberships: reading.memberships(entry),
            // There may be a session, at any moment, by a copy that is left alone.
            sessions: sessions + open.count - ours.count,
            blockers: Definition.blockers(reading.definitions(entry), named: configuration.namesBlockers),
            isBeingRenamed: entry.isLocked && entry.notes.renaming != nil && state == .active
        )
    }
}
