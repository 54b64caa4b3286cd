// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The accounts of a catalogue that an inspection is to have, and the figures over all of them.
struct AccountSelection {
    let reading: CatalogueReading
    let request: InspectionRequest
    private let markers: [Int: MarkerReading]
    private let selected: [Catalogue.Role]

    init(_ reading: CatalogueReading, request: InspectionRequest) {
        self.reading = reading
        self.request = request
        let markers = reading.catalogue.markers
        self.markers = markers
        var ids: Set<Int> = []
        for (id, marker) in markers where Self.isInScope(marker, request) { ids.insert(id) }
        for name in request.names { if let id = reading.catalogue.roleIds[RoleName(name.rawValue)] { ids.insert(id) } }
        ids.formUnion(Self.holders(reading, request, markers))
        selected = ids.compactMap { reading.catalogue.roles[$0] }
    }

    private static func isInScope(_ reading: MarkerReading, _ request: InspectionRequest) -> Bool {
        switch (reading, request.scope) {
        case (_, .everyone): true
        case (.marker(let marker), .people(let people)): marker.owner == request.owner && people.contains(marker.user)
        default: false
        }
    }

    private static func holders(
        _ reading: CatalogueReading,
        _ request: InspectionRequest,
        _ markers: [Int: MarkerReading]
    ) -> [Int] {
        let roles = Set(request.holdersOf.compactMap { reading.catalogue.roleIds[$0] })
        guard !roles.isEmpty else { return [] }
        return reading.catalogue.members.filter { roles.contains($0.role) && markers[$0.member] != nil }.map(\.member)
    }

    private func marker(_ role: Catalogue.Role) -> MarkerReading { markers[role.id] ?? .none }

    private func ourMarker(_ role: Catalogue.Role) -> Marker? {
        guard case .marker(let marker) = marker(role), marker.owner == request.owner,
            marker.directory == request.directory
        else { return nil }
        return marker
    }

    /// What the provisioner has to know of each of them.
    var known: [AccountName: KnownAccount] {
        Dictionary(
            selected.map { (AccountName($0.name), reading.known($0, marker: marker($0))) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Accounts of ours that are locked, with the time since when: they are looked for on every instance.
    ///
    /// Of those that somebody else has locked it is not known, and counts as long ago: whoever tries to log in is not taken for one.
    var locked: [Int: Timestamp] {
        selected.reduce(into: [:]) { locked, role in
            guard let marker = ourMarker(role), marker.state == .locked || !role.canLogIn else { return }
            locked[role.id] = marker.state == .locked ? marker.lockedAt : Timestamp(millisecondsSince1970: 0)
        }
    }

    /// Accounts of ours whose quarantine is over.
    var dropCandidates: [Catalogue.Role] {
        guard let cutoff = request.blockersOfLockedBefore else { return [] }
        return selected.filter { role in
            guard let marker = ourMarker(role), marker.state == .locked, !role.canLogIn else { return false }
            return marker.lockedAt <= cutoff
        }
    }

    /// Figures over all accounts of ours, whatever the scope.
    private var counts: TargetCounts {
        if let counts = reading.catalogue.counts { return counts }
        var tally = MarkerTally(windowStart: request.windowStart)
        for case .marker(let marker) in markers.values
        where marker.owner == request.owner && marker.directory == request.directory {
            tally.add(marker)
        }
        return tally.counts
    }

    /// - Parameter sessions: Of locked accounts; how many the others have is of no interest.
    func accounts(sessions: [Int: Int], blockers: [Int: [DropBlocker]], notices: [String]) -> Accounts {
        var roles: [RoleName: RoleFacts] = [:]
        for name in request.roles { roles[name] = reading.roleFacts(name) }
        return Accounts(
            scope: request.scope,
            accounts: selected.map {
                reading.account(
                    $0,
                    marker: marker($0),
                    sessions: sessions[$0.id] ?? 0,
                    blockers: blockers[$0.id] ?? []
                )
            },
            unmarkedIAMLogins: request.scope == .everyone ? reading.unmarkedIAMLogins() : [],
            roles: roles,
            counts: counts,
            notices: notices
        )
    }
}
