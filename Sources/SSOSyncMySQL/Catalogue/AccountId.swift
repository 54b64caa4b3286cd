// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// An account or a role as MySQL tells them apart: by user and host
/// (<https://dev.mysql.com/doc/refman/8.4/en/account-names.html>).
///
/// Compared by bytes, as the server compares users; Swift's strings take some for the same.
struct AccountId: Hashable, Comparable, Sendable {
    let user: RoleName
    let host: RoleName

    init(user: String, host: String) { (self.user, self.host) = (RoleName(user), RoleName(host)) }

    /// The role that a group is mapped to.
    init(role: RoleName) { self.init(user: role.rawValue, host: "%") }

    /// An account as `information_schema` and the server write it, `ann@%`: whatever stands behind the last `@` is the host.
    init?(definer text: String) {
        guard let separator = text.lastIndex(of: "@") else { return nil }
        self.init(user: String(text[..<separator]), host: String(text[text.index(after: separator)...]))
    }

    /// `'ann'@'%'`, to be sent.
    var sql: SQLText { "\(literal: user.rawValue)@\(literal: host.rawValue)" }

    /// `'ann'@'%'`, for people.
    var forPeople: String { quotedForPeople(user.rawValue) + "@" + quotedForPeople(host.rawValue) }

    /// `ann@%`, as `information_schema` writes who defined something.
    var definer: String { "\(user)@\(host)" }

    /// The role's name where it is one that a group could be mapped to; any other shows its host.
    var roleName: RoleName { host == "%" ? user : RoleName(forPeople) }

    static func < (left: AccountId, right: AccountId) -> Bool {
        left.user == right.user ? left.host < right.host : left.user < right.user
    }
}

extension Sequence<AccountId> {
    /// `'ann'@'%', 'bob'@'%'`, to be sent.
    var sql: SQLText { map(\.sql).joined() }
}

/// A string constant, for text that people read and that is not executed.
func quotedForPeople(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
}

/// A name in backticks, for text that people read and that is not executed.
func identifierForPeople(_ name: String) -> String {
    "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
}
