// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Looks at an account once more in the transaction that writes its marker, or takes it off.
///
/// Who reads the plan takes minutes, and a comment that somebody has made since would be lost. A statement that finds
/// something else ends the transaction: it makes a number of a text that is none.
struct MarkingCheck {
    let name: AccountName
    let account: KnownAccount

    init(_ name: AccountName, _ account: KnownAccount) { (self.name, self.account) = (name, account) }

    /// What the server says of a text that is no number, by SQLSTATE: invalid_text_representation.
    static let sqlState = "22P02"

    /// Ends the transaction unless the account is as it was read, and has no comment of anybody's.
    var ofUnmarked: SQLText {
        check(
            """
            role.rolcanlogin AND NOT (role.rolsuper OR role.rolcreaterole OR role.rolcreatedb OR role.rolreplication \
            OR role.rolbypassrls) AND NOT EXISTS (SELECT FROM pg_shdescription note \
            WHERE note.classoid = 'pg_authid'::regclass AND note.objoid = role.oid) \
            AND EXISTS (SELECT FROM pg_auth_members grants JOIN pg_roles iam ON iam.oid = grants.roleid \
            WHERE grants.member = role.oid AND iam.rolname = \(literal: PostgresDialect.iamRole.rawValue)) \
            AND NOT EXISTS (SELECT FROM pg_auth_members grants WHERE grants.member = role.oid AND grants.admin_option) \
            AND ARRAY(SELECT DISTINCT grants.roleid::bigint FROM pg_auth_members grants \
            WHERE grants.member = role.oid ORDER BY 1) = ARRAY[\(account.unmarkedRoles.map(SQLText.integer).joined())]::bigint[]
            """
        )
    }

    /// Ends the transaction unless the account is the one that was read, and has the marker still that it had.
    var ofMarked: SQLText {
        guard case .marker(let marker) = account.marker else { return check("false") }
        // No comment of another account is taken for JSON: it may be any text.
        return check(
            """
            EXISTS (SELECT FROM pg_shdescription note WHERE note.classoid = 'pg_authid'::regclass \
            AND CASE WHEN note.objoid = role.oid THEN note.description::jsonb->'sso-sync' @> \
            jsonb_build_object('owner', \(literal: marker.owner.rawValue)::text, 'user', \(literal: marker.user.rawValue)::text) END)
            """
        )
    }

    /// Counting keeps the server from making the number before it has looked.
    private func check(_ condition: SQLText) -> SQLText {
        """
        SELECT (CASE WHEN count(*) = 1 THEN '1' ELSE \(literal: complaint) END)::integer FROM pg_roles role \
        WHERE role.oid = \(account.id) AND role.rolname = \(literal: name.rawValue) AND \(condition)
        """
    }

    /// Ends the transaction: nothing is known of the account.
    static func ofUnknown(_ name: AccountName) -> SQLText { "SELECT \(literal: "\(name) was not read")::integer" }

    private var complaint: String { "\(name) is not as it was read" }

    /// What an operation has met whose account has changed, or has a comment that a marker would replace.
    static func movedError(_ operation: Operation, at place: String) -> SyncError {
        let comment =
            operation.action == .adopt
            ? ", or has a comment, which the marker would replace: if so, note it elsewhere and run "
                + "COMMENT ON ROLE \(quotedForPeople(operation.account.rawValue)) IS NULL;"
            : ""
        return SyncError(
            .planMoved,
            "\(place): \(operation.account) has changed since it was read, and was left as it is\(comment)"
        )
    }
}
