// SPDX-License-Identifier: Apache-2.0

/// Supplies what the provisioner logs in with: an IAM login token, or a password.
///
/// ## Implementation guidance
/// A login token lives for 15 minutes and is cheap to make, so make a new one for every call
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html>).
public protocol LoginSecretProvider: Sendable {
    /// The secret for one login.
    ///
    /// - Parameters:
    ///   - host: The server's host name, as it stands in its certificate.
    ///   - port: The server's TCP port.
    ///   - user: The database login.
    /// - Returns: A secret that the server accepts now.
    /// - Throws: Whatever kept the secret from being made; the message never holds a part of one.
    func secret(host: String, port: Int, user: String) async throws -> Secret
}
