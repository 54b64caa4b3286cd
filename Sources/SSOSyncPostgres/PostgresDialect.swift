// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What there is to know of PostgreSQL on RDS.
enum PostgresDialect {
    /// The role that makes a login an IAM login
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html>).
    static let iamRole: RoleName = "rds_iam"

    /// How many accounts one owner role makes at most: the server's work for a change grows with their number.
    static let accountsPerOwnerRole = 500

    /// What the names of owner roles begin with.
    static let ownerRolePrefix = "sso_sync_owner_"

    /// What the name of the role begins with that grants, from PostgreSQL 16 on.
    static let grantorRolePrefix = "sso_sync_grantor_"

    static func dialect(login: String) -> Dialect {
        let names = [
            "rdsadmin", "rdsrepladmin", "rdstopmgr", "rdsproxyadmin", "rds_*", "pg_*", "mysql.*", "public", "none",
        ]
        return Dialect(
            engine: "PostgreSQL",
            nameLimit: .bytes(63),
            reservedNames: (names + [ownerRolePrefix + "*", grantorRolePrefix + "*", login]).map(Glob.init)
        )
    }
}
