// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What there is to know of MySQL on RDS.
enum MySQLDialect {
    /// The plugin that makes a login an IAM login, with `RDS` as its authentication string
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html>).
    static let iamPlugin = "AWSAuthenticationPlugin"

    /// The oldest version: Aurora MySQL 3 began with 8.0.23.
    ///
    /// Newer grammar than that version's is not used.
    static let oldestVersion = ServerVersion(8, 0, 23)

    /// User names have 32 characters at most (<https://dev.mysql.com/doc/refman/8.4/en/user-names.html>).
    static func dialect(login: String) -> Dialect {
        let names = [
            "rdsadmin", "rdsrepladmin", "rdstopmgr", "rdsproxyadmin", "rds_*", "pg_*", "mysql.*", "root",
            "event_scheduler",
            "system user", "unauthenticated user",
        ]
        return Dialect(
            engine: "MySQL",
            nameLimit: .characters(32),
            nameLosses: [.supplementaryCharacters, .outerSpaces],
            dependentsPreventRenames: true,
            reservedNames: (names + [login]).map(Glob.init)
        )
    }
}
