// SPDX-License-Identifier: Apache-2.0

/// Logins by IAM token, as far as RDS has to let them in.
package enum IAMAuthentication {
    /// How to let them in
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Enabling.html>).
    package static let remedy =
        "turn IAM database authentication on: in the RDS console under Modify, or by aws rds modify-db-instance "
        + "--db-instance-identifier NAME --enable-iam-database-authentication --apply-immediately; for an Aurora cluster by "
        + "aws rds modify-db-cluster --db-cluster-identifier NAME --enable-iam-database-authentication --apply-immediately"
}
