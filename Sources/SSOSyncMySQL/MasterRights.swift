// SPDX-License-Identifier: Apache-2.0

/// What the master user of a server may give others, as far as that differs from server to server
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.MySQL.CommonDBATasks.dynamic-privileges.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.MasterAccounts.html>).
struct MasterRights: Sendable {
    /// `CONNECTION_ADMIN`; else there is the procedure that RDS has for ending sessions.
    let givesKill: Bool
    /// `SHOW_ROUTINE`; else there is `CREATE ROUTINE`, which shows them as well.
    let givesRoutines: Bool
    /// `ROLE_ADMIN`; else there is `ADMIN OPTION` on each role.
    let givesRoles: Bool

    /// Aurora MySQL 3.04 and later, and servers that are not Amazon's.
    static let aurora = MasterRights(["CONNECTION_ADMIN", "SHOW_ROUTINE", "ROLE_ADMIN"])
    /// RDS for MySQL 8.0.36 and later.
    static let rds = MasterRights(["ROLE_ADMIN"])

    /// - Parameter rights: The master user's own, in the words of a ``CatalogueReading``.
    init(_ rights: Set<String>) {
        givesKill = !rights.isDisjoint(with: ["CONNECTION_ADMIN", "SUPER"])
        givesRoutines = rights.contains("SHOW_ROUTINE")
        givesRoles = rights.contains("ROLE_ADMIN")
    }
}
