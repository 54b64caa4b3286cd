// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Looks at an account once more before its marker is written, or taken off.
///
/// The server commits each statement that changes an account, so that it can only be done right before. A statement that finds
/// something else fails, and keeps the next one from running: it makes JSON of a text that is none.
struct MarkingCheck {
    let account: KnownAccount

    /// What the server says of a text that is no JSON: `ER_INVALID_JSON_TEXT_IN_PARAM`
    /// (<https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>).
    static let errorNumber = 3_141

    /// Fails unless the account is as it was read, and has nobody's marker.
    var ofUnmarked: SQLText {
        check(
            """
            plugin = 'AWSAuthenticationPlugin' AND account_locked = 'N' \
            AND User_attributes->'$.metadata."sso-sync"' IS NULL AND CONCAT_WS(',', \(CatalogueQueries.foreignPrivileges)) = '' \
            AND NOT EXISTS (SELECT 1 FROM mysql.global_grants WHERE \(isAccount)) \
            AND (SELECT COUNT(*) FROM mysql.role_edges WHERE \(isMember)) = \(account.roles.count)\(holdsItsRoles) \
            AND NOT EXISTS (SELECT 1 FROM mysql.role_edges WHERE \(isMember) AND WITH_ADMIN_OPTION = 'Y')
            """
        )
    }

    /// Fails unless the account has the marker still that was read.
    var ofMarked: SQLText {
        guard let marker = account.marker else { return check("FALSE") }
        return check(
            """
            User_attributes->>'$.metadata."sso-sync".owner' = \(literal: marker.owner.rawValue) \
            AND User_attributes->>'$.metadata."sso-sync".user' = \(literal: marker.user.rawValue)
            """
        )
    }

    private var isMember: SQLText {
        "TO_USER = \(literal: account.id.user.rawValue) AND TO_HOST = \(literal: account.id.host.rawValue)"
    }

    private var holdsItsRoles: SQLText {
        let roles = account.roles.values.sorted().map { role -> SQLText in
            "(\(literal: role.user.rawValue), \(literal: role.host.rawValue))"
        }
        guard !roles.isEmpty else { return "" }
        return """
             AND (SELECT COUNT(*) FROM mysql.role_edges WHERE \(isMember) \
            AND (FROM_USER, FROM_HOST) IN (\(roles.joined()))) = \(roles.count)
            """
    }

    private func check(_ condition: SQLText) -> SQLText {
        """
        SELECT CAST(IF(COUNT(*) = 1, '1', 'not as it was read') AS JSON) FROM mysql.user \
        WHERE \(isAccount) AND \(condition)
        """
    }

    private var isAccount: SQLText {
        "User = \(literal: account.id.user.rawValue) AND Host = \(literal: account.id.host.rawValue)"
    }

    /// What an operation has met whose account has changed.
    static func movedError(_ operation: Operation, at place: String) -> SyncError {
        SyncError(.planMoved, "\(place): \(operation.account) has changed since it was read, and was left as it is")
    }
}
