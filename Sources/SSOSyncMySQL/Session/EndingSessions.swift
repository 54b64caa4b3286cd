// SPDX-License-Identifier: Apache-2.0

/// Which sessions of some accounts are to end.
enum EndingSessions: Sendable {
    /// All of them: the accounts are locked.
    case all
    /// Those that began before the instance heard of what the accounts have lost, as it has once it knows them as the writer does.
    ///
    /// A session keeps what a role gave in the database that it is in, until it changes to another one (MySQL 9.7, measured;
    /// <https://dev.mysql.com/doc/refman/8.4/en/privilege-changes.html>).
    case earlier(states: [AccountId: String])

    var areAll: Bool {
        switch self {
        case .all: true
        case .earlier: false
        }
    }
}
