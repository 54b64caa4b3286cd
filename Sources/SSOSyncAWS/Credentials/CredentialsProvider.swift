// SPDX-License-Identifier: Apache-2.0

/// Knows where credentials for AWS come from.
///
/// ## Implementation guidance
/// It is asked before every request and every login, at times concurrently: cache what is expensive to get, and hand
/// out new credentials before the old ones expire. Put no secret into an error or a description.
public protocol CredentialsProvider: Sendable {
    /// Credentials that AWS accepts now.
    ///
    /// - Throws: ``AWSError`` or an error of its own, if there are none; `CancellationError` if the task was cancelled.
    func credentials() async throws -> Credentials
}
