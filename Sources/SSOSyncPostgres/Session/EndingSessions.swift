// SPDX-License-Identifier: Apache-2.0

/// Which sessions of some roles are to end.
enum EndingSessions: Sendable {
    /// All of them: the roles may not log in any more.
    case all
    /// Those that began before the instance heard of what the roles have lost, as it has once it knows these markers.
    ///
    /// A session that has done `SET ROLE` goes on with the role's rights when the membership goes (PostgreSQL 15 to 18, measured), and
    /// does not show it.
    case earlier(markers: [Int: String])

    var areAll: Bool {
        switch self {
        case .all: true
        case .earlier: false
        }
    }
}
