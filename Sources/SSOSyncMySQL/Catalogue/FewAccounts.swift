// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// The rows of `mysql.user` that an inspection of a few people has to have.
///
/// The others the server counts and keeps to itself. Those are accounts of ours of other people, in use, made before the brake's window began, that have lost nothing. With ten
/// thousand accounts there, to send and to read them all is most of the work of a run for one person.
struct FewAccounts {
    private let request: InspectionRequest
    private let people: Set<UserId>
    /// Names that matter, whosever they are.
    private let names: Set<String>
    private let host: String
    /// When the brake's window began, to the second.
    private let second: String

    /// For more people than this everything is read.
    private static let maximumPeople = 8

    /// Nil if everything has to be read: for many people, or if something in markers has to be escaped.
    ///
    /// - Parameter host: The host that accounts are made with.
    init?(_ request: InspectionRequest, facts: ServerFacts, host: String) {
        guard case .people(let people) = request.scope, people.count <= Self.maximumPeople, request.holdersOf.isEmpty,
            let settled = SettledMarkers(
                owner: request.owner,
                directory: request.directory,
                windowStart: request.windowStart
            )
        else { return nil }
        (self.request, self.people, self.host) = (request, people, host)
        second = String(settled.upper.dropFirst(settled.lower.count))
        let roles = request.roles.map(\.rawValue) + facts.mandatoryRoles.map(\.user.rawValue)
        names = Set(roles + [facts.login.user.rawValue] + request.names.map(\.rawValue))
    }

    /// Which rows they are.
    ///
    /// The server folds ASCII as we do; whoever has another letter in the name is read. So is whoever has another host: nobody
    /// who is left out is in the shadow of somebody who is not. And so is whatever is no settled marker, be it none at all.
    var condition: SQLText {
        let conditions: [SQLText?] = [
            "Host <> \(literal: host)", "OCTET_LENGTH(User) <> CHAR_LENGTH(User)",
            Self.condition(named: Set(names.map { AccountName($0) })),
            Self.list(people.map(\.rawValue)).map { "User_attributes->>'$.metadata.\"sso-sync\".user' IN (\($0))" },
            "(\(isSettled)) IS NOT TRUE",
        ]
        return conditions.compactMap(\.self).joined(separator: " OR ")
    }

    /// Which rows have one of these names; nil for no names.
    static func condition(named names: Set<AccountName>) -> SQLText? {
        list(Set(names.map(\.folded))).map { "LOWER(User) IN (\($0))" }
    }

    /// Whose events' sessions may be anybody's, is of interest of everybody.
    ///
    /// One look into an account's JSON takes the server as long as all the rest of its row, and with a constant that it has read
    /// once it does not take much more to compare four members than one (measured).
    private var isSettled: SQLText {
        """
        Event_priv = 'N'
            AND JSON_CONTAINS(User_attributes->'$.metadata."sso-sync"', CAST(\(literal: settled) AS JSON))
            AND User_attributes->>'$.metadata."sso-sync".joined' < \(literal: second)
            AND User_attributes->'$.metadata."sso-sync".reduced' IS NULL
        """
    }

    /// What all of their markers have in common.
    private var settled: String {
        #"{"v":1,"owner":"\#(request.owner)","directory":"\#(request.directory)","state":"active"}"#
    }

    private static func list(_ texts: some Collection<String>) -> SQLText? {
        texts.isEmpty ? nil : texts.sorted().map(SQLText.literal).joined()
    }
}
