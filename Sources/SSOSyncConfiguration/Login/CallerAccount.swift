// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// The account of whoever has logged in through IAM Identity Center.
enum CallerAccount {
    /// The account's name, from the name of the session that STS reports.
    ///
    /// Roles of permission sets are called `AWSReservedSSO_…`, and their sessions after the user name in the directory
    /// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>). Whoever assumes
    /// another role may choose the session's name, so that one says nothing.
    ///
    /// - Parameters:
    ///   - arn: Whose credentials they are.
    ///   - attribute: What accounts are called after.
    /// - Throws: ``UsageError`` if that does not say which account it is.
    static func name(arn: String, attribute: AccountNameAttribute) throws(UsageError) -> String {
        guard attribute == .userName else {
            throw UsageError(
                "Say which account is yours with --user: accounts are called after \(attribute.rawValue), which AWS does "
                    + "not tell"
            )
        }
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).last?
            .split(separator: "/", omittingEmptySubsequences: false)
        guard let parts, parts.count == 3, parts[0] == "assumed-role", parts[1].hasPrefix("AWSReservedSSO_"),
            !parts[2].isEmpty
        else {
            throw UsageError(
                "Say which account is yours with --user: the credentials are those of \(Printable.escaped(arn)), not of a "
                    + "login through IAM Identity Center"
            )
        }
        return String(parts[2])
    }
}
