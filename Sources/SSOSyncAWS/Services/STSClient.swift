// SPDX-License-Identifier: Apache-2.0

/// The call of the Security Token Service that says who asks
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>).
public struct STSClient: Sendable {
    /// Whose credentials they are.
    public struct CallerIdentity: Sendable, Hashable {
        /// The account.
        public let account: String
        /// The user, or the session of the role.
        public let arn: String
        /// The id of the user, or of the role with the session's name.
        public let userId: String
    }

    private let client: AWSClient

    /// Asks with a client for ``AWSService/sts``.
    public init(_ client: AWSClient) { self.client = client }

    /// Whose credentials the client signs with (`GetCallerIdentity`); needs no permission.
    public func callerIdentity() async throws -> CallerIdentity {
        let result = try await client.query("GetCallerIdentity")
        guard let account = result.text(at: "Account"), let arn = result.text(at: "Arn"),
            let userId = result.text(at: "UserId")
        else {
            throw AWSError(
                .badResponse,
                "STS GetCallerIdentity: the answer does not say who asks",
                mayHaveBeenSent: true
            )
        }
        return CallerIdentity(account: account, arn: arn, userId: userId)
    }
}
