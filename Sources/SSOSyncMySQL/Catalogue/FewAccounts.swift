// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// The rows of `mysql.user` that an inspection of a few people has to have.
///
/// The others the server counts and keeps to itself. Those are accounts of ours of other people that are settled, as is noted with
/// them; see ``SettledNote``. With ten thousand accounts there, to send and to read them all is most of the work of a run for one person.
struct FewAccounts {
    private let request: InspectionRequest
    private let people: Set<UserId>
    /// Roles that matter, and the provisioner.
    private let roles: Set<String>
    private let host: String
    /// Between which texts the notes of settled accounts lie.
    private let settled: (lower: String, upper: String)

    /// For more people than this everything is read.
    private static let maximumPeople = 8

    /// Nil if everything has to be read: for many people, or for all who hold a role.
    ///
    /// - Parameter host: The host that accounts are made with.
    init?(_ request: InspectionRequest, facts: ServerFacts, host: String) {
        guard case .people(let people) = request.scope, people.count <= Self.maximumPeople, request.holdersOf.isEmpty,
            let settled = SettledNote.bounds(
                owner: request.owner,
                directory: request.directory,
                windowStart: request.windowStart
            )
        else { return nil }
        (self.request, self.people, self.host, self.settled) = (request, people, host, settled)
        roles = Set(
            request.roles.map(\.rawValue) + facts.mandatoryRoles.map(\.user.rawValue) + [facts.login.user.rawValue]
        )
    }

    /// Which rows they are.
    ///
    /// Whoever has another host is read: nobody who is left out is in the shadow of somebody who is not. So is whatever is not
    /// noted as settled, be there no note at all, and whoever is locked, or may define events, whatever is noted: whose events'
    /// sessions may be anybody's, is of interest of everybody. By that the names are all that is left to ask for.
    var condition: SQLText {
        let conditions: [SQLText?] = [
            "Host <> \(literal: host)",
            Self.list(roles.union(Self.spellings(of: request.names))).map { "User IN (\($0))" },
            Self.list(people.map(\.rawValue)).map { "User_attributes->>'$.metadata.\"sso-sync\".user' IN (\($0))" },
            "(\(isSettled)) IS NOT TRUE",
        ]
        return conditions.compactMap(\.self).joined(separator: " OR ")
    }

    /// Which of the rows that ``condition`` leaves out have one of these names but for case; nil for no names.
    static func condition(named names: Set<AccountName>, host: String) -> SQLText? {
        list(spellings(of: names)).map { "Host = \(literal: host) AND User IN (\($0))" }
    }

    /// As they are, and in lower case.
    ///
    /// Whoever has one in other letters is not noted as settled; but an account that somebody else renamed may be.
    private static func spellings(of names: Set<AccountName>) -> Set<String> {
        Set(names.flatMap { [$0.rawValue, $0.folded] })
    }

    /// One look into an account's JSON takes the server as long as all the rest of its row (measured).
    private var isSettled: SQLText {
        """
        Event_priv = 'N' AND account_locked = 'N'
            AND User_attributes->>'$.metadata."sso-sync-account".settled'
                BETWEEN \(literal: settled.lower) AND \(literal: settled.upper)
        """
    }

    private static func list(_ texts: some Collection<String>) -> SQLText? {
        texts.isEmpty ? nil : texts.sorted().map(SQLText.literal).joined()
    }
}
